import { describe, expect, test } from 'vitest';

import {
  isForbiddenAddress,
  isForbiddenHost,
  isLoopbackHost,
} from '../../../functions/engine/extract/addresses.ts';

describe('addresses', () => {
  test.each([
    '169.254.169.254',
    '169.254.0.1',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '64:ff9b::a9fe:a9fe',
    '::169.254.169.254',
    '100.100.100.200',
    '::ffff:100.100.100.200',
    'fe80::1',
    'fe80::1%eth0',
    'febf::1',
    'fd00:ec2::254',
    'fd20:ce::254',
  ])('%s is forbidden', (address) => {
    expect(isForbiddenAddress(address)).toBe(true);
  });

  test.each([
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '127.0.0.1',
    'fd00::1',
    '::1',
    '2606:4700::1',
    '169.253.255.255',
    '169.255.0.0',
    'fec0::1',
    'gitlab.example.com',
  ])('%s is not', (address) => {
    expect(isForbiddenAddress(address)).toBe(false);
  });

  test.each([
    '[fe80::1]',
    'metadata.google.internal',
    'Metadata.Google.Internal.',
    'metadata.goog',
  ])('the host %s is forbidden', (host) => {
    expect(isForbiddenHost(host)).toBe(true);
  });

  test.each(['localhost', '127.1.2.3', '[::1]'])('%s is this machine', (host) => {
    expect(isLoopbackHost(host)).toBe(true);
  });

  test.each(['localhost.example.com', '10.0.0.1', 'gitlab'])('%s is another machine', (host) => {
    expect(isLoopbackHost(host)).toBe(false);
  });
});

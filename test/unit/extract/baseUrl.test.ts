import { inspect } from 'node:util';

import { describe, expect, test } from 'vitest';

import { parseBaseUrl, urlBelow } from '../../../functions/engine/extract/baseUrl.ts';
import { caught } from './caught.ts';

describe('parseBaseUrl', () => {
  const accepted = [
    {
      baseUrl: 'https://gitlab.com',
      origin: 'https://gitlab.com',
      api: '/api/v4',
      authority: 'gitlab.com:443',
    },
    {
      baseUrl: 'gitlab.example.com',
      origin: 'https://gitlab.example.com',
      api: '/api/v4',
      authority: 'gitlab.example.com:443',
    },
    {
      baseUrl: 'https://gitlab.com/api/v4',
      origin: 'https://gitlab.com',
      api: '/api/v4',
      authority: 'gitlab.com:443',
    },
    {
      baseUrl: 'https://gitlab.com/api/v4///',
      origin: 'https://gitlab.com',
      api: '/api/v4',
      authority: 'gitlab.com:443',
    },
    {
      baseUrl: 'https://host/gitlab',
      origin: 'https://host',
      api: '/gitlab/api/v4',
      authority: 'host:443',
    },
    {
      baseUrl: 'https://host/a/b/api/v4/',
      origin: 'https://host',
      api: '/a/b/api/v4',
      authority: 'host:443',
    },
    {
      baseUrl: 'http://localhost:8080/',
      origin: 'http://localhost:8080',
      api: '/api/v4',
      authority: 'localhost:8080',
    },
    {
      baseUrl: 'http://[::1]:3000',
      origin: 'http://[::1]:3000',
      api: '/api/v4',
      authority: '[::1]:3000',
    },
  ];
  test.each(accepted)('accepts $baseUrl', ({ baseUrl, ...address }) => {
    expect(parseBaseUrl(baseUrl)).toMatchObject(address);
  });

  test('puts GraphQL below the relative root', () => {
    expect(parseBaseUrl('https://host/gitlab/api/v4').graphql).toBe('/gitlab/api/graphql');
  });

  const refused = [
    'https://user:canary@gitlab.com',
    'https://canary@gitlab.com',
    'https://gitlab.com?private_token=canary',
    'https://gitlab.com/?',
    'https://gitlab.com#canary',
    'ftp://gitlab.com/canary',
    'file:///canary',
    'https://gitlab.com/../canary',
    'https://gitlab.com/a/%2e%2E/canary',
    'http://169.254.169.254/canary',
    'http://metadata.google.internal',
    'https://[::ffff:a9fe:a9fe]',
    'https://0xa9fea9fe',
    'http://gitlab.example.com/canary',
    'javascript:alert(canary)',
    'https://',
    '',
  ];
  test.each(refused)('refuses %s and does not repeat it', async (baseUrl) => {
    const error = await caught(() => parseBaseUrl(baseUrl));

    expect(error.code).toBe('E_CONFIG');
    expect(inspect(error)).not.toContain('canary');
  });
});

describe('urlBelow', () => {
  const address = parseBaseUrl('https://host/gitlab');

  test('keeps encoded slashes', () => {
    expect(urlBelow(address, '/projects/a%2Fb?x=1')?.href).toBe(
      'https://host/gitlab/api/v4/projects/a%2Fb?x=1',
    );
  });

  test.each(['/../x', '/projects/..', '/projects/%2e%2e/x', '/projects/./x', '@evil', '.evil'])(
    'refuses %s',
    (path) => {
      expect(urlBelow(address, path)).toBeUndefined();
    },
  );
});

import { once } from 'node:events';
import { finished } from 'node:stream';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { makeAuthority } from '../../support/alloydb/certificates.ts';
import { dialOnce, streamOf } from '../../support/alloydb/dialOnce.ts';
import { type FakeAlloydb, startFakeAlloydb } from '../../support/alloydb/fakeAlloydb.ts';
import { nowhere, refusalOf } from '../../support/alloydb/refusal.ts';

const HOUR = 3_600_000;
const HALF_MINUTE = 30_000;

let alloydb: FakeAlloydb;

beforeEach(async () => {
  alloydb = await startFakeAlloydb({ databaseUrl: nowhere });
});

afterEach(async () => {
  await alloydb[Symbol.asyncDispose]();
});

/** How often certificates were asked for. */
function certificates(): number {
  return alloydb.api.calls.filter(({ method }) => method === 'POST').length;
}

describe('the certificate', () => {
  test('is one for connections made side by side', async () => {
    const connector = alloydb.connector();

    await Promise.all([1, 2, 3, 4, 5].map(() => dialOnce(connector)));

    expect(certificates()).toBe(1);
    expect(alloydb.server.exchanges).toHaveLength(5);
  });

  test('is renewed by the first connection after it came near its end, as after a freeze', async () => {
    const connector = alloydb.connector();
    await dialOnce(connector);

    alloydb.clock.now += 20 * HOUR;
    await Promise.all([dialOnce(connector), dialOnce(connector)]);

    expect(certificates()).toBe(2);
  });

  test('is renewed after a connection failed, once in half a minute', async () => {
    const connector = alloydb.connector();
    alloydb.state.judge = () => ({ close: true });
    for (const counted of [1, 1, 1]) {
      await refusalOf(dialOnce(connector));
      expect(certificates()).toBe(counted);
    }

    alloydb.clock.now += HALF_MINUTE;
    await refusalOf(dialOnce(connector));

    expect(certificates()).toBe(2);
  });

  test('that expired on the way is refused by the server, and the next one works', async () => {
    alloydb.state.expiresAt = () => new Date(Date.now() - 1_000);
    const connector = alloydb.connector();
    const error = await refusalOf(dialOnce(connector));
    alloydb.state.expiresAt = () => new Date(alloydb.clock.now + HOUR);

    await dialOnce(connector);

    expect(error).toMatchObject({ code: 'EXCHANGE_FAILED' });
  });

  test('of another cluster is refused by the server', async () => {
    const { server } = alloydb.state.authorities;
    alloydb.state.authorities = { server, client: makeAuthority('clients') };

    expect(await refusalOf(dialOnce(alloydb.connector()))).toMatchObject({
      code: 'EXCHANGE_FAILED',
    });
  });
});

describe('the server', () => {
  test('is refused when another authority certified it', async () => {
    const { client } = alloydb.state.authorities;
    alloydb.state.authorities = { server: makeAuthority('cluster'), client };

    const error = await refusalOf(dialOnce(alloydb.connector()));

    expect(error.code).toBe('TLS_FAILED');
    expect(alloydb.server.exchanges).toEqual([]);
  });

  test('is refused when its certificate does not name the address', async () => {
    const other = { databaseUrl: nowhere, certifiedAddresses: ['10.9.8.7', 'localhost'] };
    await using elsewhere = await startFakeAlloydb(other);

    const error = await refusalOf(dialOnce(elsewhere.connector()));

    expect(error).toMatchObject({
      code: 'TLS_FAILED',
      message: expect.stringMatching(
        /^No trusted TLS connection to AlloyDB at 127\.0\.0\.1:\d+: ERR_TLS_CERT_ALTNAME_INVALID\.$/,
      ) as string,
    });
    expect(elsewhere.server.exchanges).toEqual([]);
  });

  test.each([
    { ipType: 'PUBLIC', addresses: { ipAddress: '10.0.0.2', publicIpAddress: '127.0.0.1' } },
    { ipType: 'PSC', addresses: { pscDnsName: 'localhost.' } },
  ] as const)('is reached at its $ipType address', async ({ ipType, addresses }) => {
    alloydb.state.addresses = addresses;

    await dialOnce(alloydb.connector(), ipType);

    expect(alloydb.server.exchanges).toHaveLength(1);
  });

  test('that has moved is found again after one failure', async () => {
    const connector = alloydb.connector({ timeouts: { connectMilliseconds: 20 } });
    alloydb.state.addresses = { ipAddress: '127.0.0.9' };
    await refusalOf(dialOnce(connector));
    alloydb.state.addresses = { ipAddress: '127.0.0.1' };

    alloydb.clock.now += HALF_MINUTE;
    await dialOnce(connector);

    expect(certificates()).toBe(2);
  });
});

describe('an end from this side', () => {
  test('close ends connections that are open and those under way', async () => {
    const connector = alloydb.connector();
    const open = await streamOf(connector);
    open.connect();
    await once(open, 'connect');
    alloydb.state.judge = () => ({ hang: true });
    const underWay = await streamOf(connector);
    underWay.connect();
    while (alloydb.server.exchanges.length < 2) await new Promise(setImmediate);

    const ended = [open, underWay].map(
      (stream) => new Promise((resolve) => finished(stream, resolve)),
    );
    underWay.on('error', () => undefined);
    connector.close();
    await Promise.all(ended);

    expect([open.destroyed, underWay.destroyed]).toEqual([true, true]);
    while (alloydb.server.connections() > 0) await new Promise(setImmediate);
  });

  test('a stream that is destroyed while it dials leaves no connection', async () => {
    alloydb.state.judge = () => ({ hang: true });
    const stream = await streamOf(alloydb.connector());
    stream.connect();
    while (alloydb.server.exchanges.length === 0) await new Promise(setImmediate);

    stream.destroy();

    while (alloydb.server.connections() > 0) await new Promise(setImmediate);
    expect(stream.destroyed).toBe(true);
  });
});

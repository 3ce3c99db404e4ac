import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { dialOnce } from '../../support/alloydb/dialOnce.ts';
import { type FakeAlloydb, startFakeAlloydb } from '../../support/alloydb/fakeAlloydb.ts';
import { nowhere, refusalOf } from '../../support/alloydb/refusal.ts';

let alloydb: FakeAlloydb;

beforeEach(async () => {
  alloydb = await startFakeAlloydb({ databaseUrl: nowhere });
});

afterEach(async () => {
  await alloydb[Symbol.asyncDispose]();
});

describe('the metadata exchange', () => {
  test('that is denied says why, in the words of the server', async () => {
    alloydb.state.judge = () => ({ error: 'IAM principal lacks\n alloydb.instances.connect' });

    expect(await refusalOf(dialOnce(alloydb.connector()))).toMatchObject({
      code: 'EXCHANGE_DENIED',
      message: 'AlloyDB refused the connection: IAM principal lacks alloydb.instances.connect.',
    });
  });

  test('never shows the token that a server repeats', async () => {
    alloydb.state.judge = ({ token }) => ({ error: `bad token ${token}` });

    expect(await refusalOf(dialOnce(alloydb.connector()))).toMatchObject({
      message: 'AlloyDB refused the connection: bad token ***.',
    });
  });

  test.each([
    { name: 'an end', verdict: { close: true }, reason: /the server ended the connection|ECONN/ },
    {
      name: 'a message that is none',
      verdict: { bytes: Buffer.from('0000000112', 'hex') },
      reason: /not a message of its protocol/,
    },
    {
      name: 'a message without an end',
      verdict: { bytes: Buffer.from('7fffffff', 'hex') },
      reason: /an answer of 2147483647 bytes/,
    },
  ] as const)('that is answered with $name fails', async ({ verdict, reason }) => {
    alloydb.state.judge = () => verdict;

    const error = await refusalOf(dialOnce(alloydb.connector()));

    expect(error.code).toBe('EXCHANGE_FAILED');
    expect(error.message).toMatch(reason);
  });
});

/** A port that takes connections and says nothing. */
async function silentPort(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer((socket) => socket.on('error', () => undefined));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

describe('a phase that takes too long', () => {
  test('TLS', async () => {
    const { server, port } = await silentPort();
    const connector = alloydb.connector({ port, timeouts: { tlsMilliseconds: 10 } });

    const error = await refusalOf(dialOnce(connector));
    server.close();

    expect(error).toMatchObject({
      code: 'TLS_FAILED',
      message: `No trusted TLS connection to AlloyDB at 127.0.0.1:${port.toString()}: not in 10 ms.`,
    });
  });

  test('the exchange', async () => {
    alloydb.state.judge = () => ({ hang: true });
    const connector = alloydb.connector({ timeouts: { exchangeMilliseconds: 10 } });

    const error = await refusalOf(dialOnce(connector));

    expect(error).toMatchObject({
      code: 'EXCHANGE_FAILED',
      message: expect.stringMatching(/^No metadata exchange with .*: not in 10 ms\.$/) as string,
    });
  });

  test('a port that nobody listens to is told at once', async () => {
    const error = await refusalOf(dialOnce(alloydb.connector({ port: 1 })));

    expect(error).toMatchObject({
      code: 'CONNECT_FAILED',
      message: 'No TCP connection to AlloyDB at 127.0.0.1:1: ECONNREFUSED.',
    });
  });
});

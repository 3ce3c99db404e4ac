import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';

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
    {
      name: 'one byte more than a message may have',
      verdict: { bytes: sized(16_385) },
      reason: /an answer of 16385 bytes/,
    },
  ] as const)('that is answered with $name fails', async ({ verdict, reason }) => {
    alloydb.state.judge = () => verdict;

    const error = await refusalOf(dialOnce(alloydb.connector()));

    expect(error.code).toBe('EXCHANGE_FAILED');
    expect(error.message).toMatch(reason);
  });

  test('takes an answer as large as a message may be', async () => {
    alloydb.state.judge = () => ({ bytes: sized(16_384) });

    await expect(dialOnce(alloydb.connector())).resolves.toBeUndefined();
  });
});

/** An answer of a size, whose field nobody knows, that accepts the connection. */
function sized(bytes: number): Buffer {
  const filler = Buffer.alloc(bytes - 6, 'x');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes);
  const size = Buffer.from([
    (filler.length & 0x7f) | 0x80,
    ((filler.length >> 7) & 0x7f) | 0x80,
    filler.length >> 14,
  ]);
  return Buffer.concat([length, Buffer.from([0x08, 1, 0x7a]), size, filler]);
}

/** A port that takes connections and says nothing. */
async function silentPort(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer((socket) => socket.on('error', () => undefined));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

/** A port whose queue is full, so that the kernel answers nobody; only Linux leaves them without an answer. */
async function fullPort(): Promise<Disposable & { readonly port: number }> {
  const program = `
    const server = require('node:net').createServer().listen(0, '127.0.0.1', 1, () => {
      require('node:fs').writeSync(1, String(server.address().port));
      process.kill(process.pid, 'SIGSTOP');
    });`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [told] = (await once(child.stdout, 'data')) as [Buffer];
  const port = Number(told.toString());
  const waiting = Array.from({ length: 8 }, () => connect(port, '127.0.0.1'));
  for (const socket of waiting) socket.on('error', () => undefined);
  await once(waiting[0] ?? child, 'connect');
  return {
    port,
    [Symbol.dispose]: () => {
      for (const socket of waiting) socket.destroy();
      child.kill('SIGKILL');
    },
  };
}

describe('a phase that takes too long', () => {
  test.runIf(process.platform === 'linux')('TCP', async () => {
    using full = await fullPort();
    const { port } = full;
    const connector = alloydb.connector({ port, timeouts: { connectMilliseconds: 10 } });

    const error = await refusalOf(dialOnce(connector));

    expect(error).toMatchObject({
      code: 'CONNECT_FAILED',
      message: `No TCP connection to AlloyDB at 127.0.0.1:${port.toString()}: not in 10 ms.`,
    });
  });

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

import { once } from 'node:events';
import { createServer } from 'node:net';
import { gzipSync } from 'node:zlib';

import { describe, expect, test } from 'vitest';

import { caught } from '../../unit/extract/caught.ts';
import { openTestClient } from './testClient.ts';
import { type Handler, sendJson, startTinyServer } from './tinyServer.ts';

describe('failures on the way', () => {
  const whole = Buffer.from(JSON.stringify([{ id: 1 }]));
  const broken: readonly { name: string; fail: Handler }[] = [
    { name: '500', fail: (_, response) => void response.writeHead(500).end('<html>') },
    { name: '502', fail: (_, response) => void response.writeHead(502).end() },
    {
      name: 'a reset before the headers',
      fail: (request) => void request.socket.resetAndDestroy(),
    },
    {
      name: 'a reset amid the body',
      fail: async (request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.write('[{"id":');
        await new Promise(setImmediate);
        request.socket.resetAndDestroy();
      },
    },
    {
      name: 'a truncated body',
      fail: (request, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': 99 });
        response.write('[{"id":', () => {
          request.socket.end();
        });
      },
    },
    {
      name: 'bad gzip',
      fail: (_, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
        response.end(whole);
      },
    },
    {
      name: 'truncated gzip',
      fail: (_, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
        response.end(gzipSync(whole).subarray(0, 20));
      },
    },
    {
      name: 'broken JSON',
      fail: (_, response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).end('[{"id":1}');
      },
    },
  ];
  // GL1.14
  test.each(broken)('a request is repeated after $name', async ({ fail }) => {
    await using server = await startTinyServer((request, response, index) =>
      index === 2 ? sendJson(response, [{ id: 1 }]) : fail(request, response, index),
    );
    const { client, waits } = openTestClient(server.url, { random: () => 1 });

    const { json } = await client.get('/x');

    expect(json).toEqual([{ id: 1 }]);
    expect(waits).toHaveLength(2);
  });

  test.each([
    { name: 'a status', status: 500, retryAfter: undefined, code: 'E_GITLAB_ANSWER' },
    { name: 'a request to wait', status: 503, retryAfter: '1', code: 'E_GITLAB_BUSY' },
  ])('end after six attempts with $code for $name', async ({ status, retryAfter, code }) => {
    await using server = await startTinyServer((_, response) => {
      const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
      response.writeHead(status, headers).end();
    });
    const { client } = openTestClient(server.url);

    const error = await caught(() => client.get('/x'));

    expect(error.code).toBe(code);
    expect(server.asked).toHaveLength(6);
  });

  test('a 503 that is an answer here is given back at once', async () => {
    await using server = await startTinyServer((_, response) => {
      sendJson(response, { message: '503 Service Unavailable' }, { status: 503 });
    });
    const { client } = openTestClient(server.url);

    const { status } = await client.get('/x', { settled: [503] });

    expect(status).toBe(503);
    expect(server.asked).toHaveLength(1);
  });

  // GL1.14
  test('the page gets smaller after two failures', async () => {
    await using server = await startTinyServer((request, response) => {
      const isSmall = request.url?.endsWith('=20') === true;
      sendJson(response, [], { status: isSmall ? 200 : 500 });
    });
    const { client } = openTestClient(server.url);
    const sizes: Readonly<Record<string, string>> = { '100': '50', '50': '20' };
    const smaller = (path: string): string =>
      `/x?per_page=${sizes[path.split('=')[1] ?? ''] ?? '20'}`;

    const { request } = await client.get('/x?per_page=100', { smaller });

    expect(request).toBe('/x?per_page=20');
    expect(server.asked.map((url) => url.split('=')[1])).toEqual(['100', '100', '50', '50', '20']);
  });

  test('nobody listening ends after three short attempts and names host and port', async () => {
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const { port } = free.address() as { port: number };
    await new Promise((resolve) => free.close(resolve));
    const { client, waits } = openTestClient(`http://127.0.0.1:${String(port)}`, {
      random: () => 1,
    });

    const error = await caught(() => client.get('/user'));

    expect(error.code).toBe('E_GITLAB_UNREACHABLE');
    expect(error.message).toContain(`'127.0.0.1:${String(port)}'`);
    expect(waits).toEqual([500, 1_000]);
  });

  test('a slow answer is bounded', async () => {
    await using server = await startTinyServer((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const drip = setInterval(() => response.write(' '), 20);
      response.on('close', () => {
        clearInterval(drip);
      });
    });
    const { client } = openTestClient(server.url, { timeouts: { request: 200 }, maxAttempts: 2 });

    const begun = performance.now();
    const error = await caught(() => client.get('/x'));

    expect(error.code).toBe('E_GITLAB_UNREACHABLE');
    expect(performance.now() - begun).toBeLessThan(3_000);
  });

  // GL3.8
  test('a server that says nothing is bounded', async () => {
    await using server = await startTinyServer(() => undefined);
    const { client } = openTestClient(server.url, { timeouts: { response: 100 }, maxAttempts: 1 });

    const error = await caught(() => client.get('/x'));

    expect(error).toMatchObject({ code: 'E_GITLAB_UNREACHABLE', details: { code: 'ETIMEDOUT' } });
  });
});

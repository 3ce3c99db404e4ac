import { inspect } from 'node:util';

import { describe, expect, test } from 'vitest';

import { caught } from '../../unit/extract/caught.ts';
import { CANARY, openTestClient } from './testClient.ts';
import { type Handler, sendJson, startTinyServer } from './tinyServer.ts';

describe('token', () => {
  const onlyRotated: Handler = (request, response) => {
    const isValid = request.headers.authorization === 'Bearer rotated';
    sendJson(response, isValid ? [] : { message: '401 Unauthorized' }, {
      status: isValid ? 200 : 401,
    });
  };

  test('is read again after a 401 and the request repeated', async () => {
    await using server = await startTinyServer(onlyRotated);
    const tokens = [CANARY, 'rotated', 'never'];
    const { client } = openTestClient(server.url, { token: () => tokens.shift() ?? '' });

    const { status } = await client.get('/x');
    await client.get('/y');

    expect(status).toBe(200);
    expect(server.asked).toHaveLength(3);
    expect(tokens).toEqual(['never']);
  });

  test('is read again once for many requests that were refused together', async () => {
    await using server = await startTinyServer(onlyRotated);
    let reads = 0;
    const token = (): string => {
      reads += 1;
      return reads === 1 ? CANARY : 'rotated';
    };
    const { client } = openTestClient(server.url, { token });

    await Promise.all(['/a', '/b', '/c', '/d'].map((path) => client.get(path)));

    expect(reads).toBe(2);
  });

  test.each([
    { name: 'not replaced', next: CANARY },
    { name: 'replaced by another bad one', next: 'also-bad' },
  ])('that was $name is refused for good', async ({ next }) => {
    await using server = await startTinyServer(onlyRotated);
    const tokens = [CANARY, next];
    const { client } = openTestClient(server.url, { token: () => tokens.shift() ?? next });

    const error = await caught(() => client.get('/x'));

    expect(error).toMatchObject({ code: 'E_GITLAB_AUTH', details: { status: 401, path: '/x' } });
  });

  test('that no header can carry is refused before anything is sent', async () => {
    await using server = await startTinyServer(onlyRotated);
    const { client } = openTestClient(server.url, { token: () => `${CANARY}\n` });

    const error = await caught(() => client.get('/x'));

    expect(error.code).toBe('E_GITLAB_AUTH');
    expect(inspect(error)).not.toContain(CANARY);
    expect(server.asked).toEqual([]);
  });

  test('is one of several: a refused one is left out and the others go on', async () => {
    await using server = await startTinyServer(onlyRotated);
    const { client, events } = openTestClient(server.url, { token: () => `${CANARY}, rotated` });

    for (const path of ['/a', '/b']) expect((await client.get(path)).status).toBe(200);

    expect(server.asked).toHaveLength(3);
    expect(events).toEqual([expect.objectContaining({ event: 'problem', code: 'NOTICE' })]);
    expect(JSON.stringify(events)).not.toContain(CANARY);
  });

  test('that waits lets another one send', async () => {
    await using server = await startTinyServer((request, response) => {
      const isSpent = request.headers.authorization === 'Bearer one';
      sendJson(response, [], {
        status: isSpent ? 429 : 200,
        headers: isSpent ? { 'retry-after': '86400' } : {},
      });
    });
    const { client, waits } = openTestClient(server.url, { token: () => 'one,two' });

    expect((await client.get('/a')).status).toBe(200);
    expect((await client.get('/b')).status).toBe(200);

    expect(waits).toEqual([]);
    expect(server.asked).toHaveLength(3);
  });

  const leaks: readonly { name: string; handler: Handler }[] = [
    { name: 'a reset', handler: (request) => void request.socket.resetAndDestroy() },
    {
      name: '401',
      handler: (_, response) => sendJson(response, { m: CANARY }, { status: 401 }),
    },
    { name: '500', handler: (_, response) => void response.writeHead(500).end(CANARY) },
    {
      name: '429',
      handler: (_, response) => void response.writeHead(429, { 'retry-after': '9999' }).end(CANARY),
    },
    {
      name: 'broken JSON',
      handler: (_, response) =>
        void response.writeHead(200, { 'content-type': 'application/json' }).end(`[${CANARY}`),
    },
    { name: 'silence', handler: () => undefined },
    {
      name: 'garbage instead of HTTP',
      handler: (request) => void request.socket.end(`${CANARY}\r\n\r\n`),
    },
  ];
  // G8
  test.each(leaks)('is in no part of the error after $name', async ({ handler }) => {
    await using server = await startTinyServer(handler);
    const { client, events } = openTestClient(server.url, { timeouts: { response: 100 } });

    const error = await caught(() => client.get('/x'));

    const everything = [
      inspect(error, { depth: 20, showHidden: true }),
      JSON.stringify(error),
      error.stack,
      JSON.stringify(error.cause ?? null),
      JSON.stringify(events),
    ].join();
    expect(everything).not.toContain(CANARY);
    expect(everything).not.toContain('Bearer');
  });
});

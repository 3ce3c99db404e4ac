import { describe, expect, test } from 'vitest';

import { caught } from '../../unit/extract/caught.ts';
import { openTestClient } from './testClient.ts';
import { sendJson, startTinyServer } from './tinyServer.ts';

describe('429', () => {
  const windows = [
    { name: 'seconds', retryAfter: '7', waits: [7_000] },
    { name: 'nothing', retryAfter: undefined, waits: [60_000] },
    { name: 'a negative number', retryAfter: '-1', waits: [60_000] },
  ];
  // GL3.1
  test.each(windows)('with $name waits $waits ms once', async ({ retryAfter, waits }) => {
    await using server = await startTinyServer((_, response, index) => {
      const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
      if (index > 0) sendJson(response, []);
      else response.writeHead(429, { 'content-type': 'text/plain', ...headers }).end('Retry later');
    });
    const opened = openTestClient(server.url);

    await opened.client.get('/x?email=a@b');

    expect(opened.waits).toEqual(waits);
    expect(opened.events).toMatchObject([
      { event: 'request-retried', request: 'GET /x', status: 429, waitMilliseconds: waits[0] },
      { event: 'requests-paused', request: '/x', reason: 'asked-to-wait', milliseconds: waits[0] },
    ]);
    expect(opened.client.waitedMilliseconds).toBe(waits[0]);
  });

  // GL3.2
  test('with an HTTP date waits by the clock of GitLab', async () => {
    await using server = await startTinyServer((_, response, index) => {
      if (index > 0) sendJson(response, []);
      else {
        const date = 'Sun, 22 Nov 2020 12:00:00 GMT';
        const until = 'Sun, 22 Nov 2020 12:00:30 GMT';
        sendJson(response, {}, { status: 429, headers: { date, 'retry-after': until } });
      }
    });
    const { client, waits } = openTestClient(server.url);

    await client.get('/x');

    expect(waits).toEqual([30_000]);
  });

  // GL3.3
  test('longer than the budget ends as busy, and no other request is sent inside the window', async () => {
    await using server = await startTinyServer((_, response) => {
      response
        .writeHead(429, { 'content-type': 'text/plain', 'retry-after': '86400' })
        .end('Later');
    });
    const { client } = openTestClient(server.url);

    const error = await caught(() => client.get('/x'));
    const other = await caught(() => client.get('/y'));

    expect(error).toMatchObject({ code: 'E_GITLAB_BUSY', details: { retryAfterSeconds: 86_400 } });
    expect(other.code).toBe('E_GITLAB_BUSY');
    expect(server.asked).toHaveLength(1);
  });

  // GL3.5
  test('of one route lets other routes pass', async () => {
    await using server = await startTinyServer((request, response) => {
      if (request.url?.endsWith('/jobs') !== true) sendJson(response, []);
      else {
        const message = { error: 'This endpoint has been requested too many times.' };
        sendJson(response, { message }, { status: 429, headers: { 'retry-after': '600' } });
      }
    });
    const { client } = openTestClient(server.url);

    await caught(() => client.get('/projects/1/jobs'));
    const sameRoute = await caught(() => client.get('/projects/2/jobs'));
    const { status } = await client.get('/projects/1');

    expect(sameRoute.code).toBe('E_GITLAB_BUSY');
    expect(status).toBe(200);
    expect(server.asked).toHaveLength(2);
  });

  test('holds back requests that start while another one waits', async () => {
    await using server = await startTinyServer((_, response, index) => {
      if (index !== 1) sendJson(response, []);
      else sendJson(response, 'x', { status: 429, headers: { 'retry-after': '5' } });
    });
    let sleepers = 0;
    let now = 0;
    let wake: () => void = () => undefined;
    const sleeping = new Promise<void>((resolve) => {
      wake = () => {
        now += 5_000;
        resolve();
      };
    });
    const sleep = (): Promise<void> => {
      sleepers += 1;
      return sleeping;
    };
    const { client } = openTestClient(server.url, { sleep, now: () => now });

    await client.get('/w');
    const first = client.get('/x');
    await expect.poll(() => sleepers).toBe(1);
    const second = client.get('/y');
    await expect.poll(() => sleepers).toBe(2);

    expect(server.asked).toHaveLength(2);
    wake();
    await Promise.all([first, second]);
  });

  // GL3.11
  test('does not make pages smaller', async () => {
    await using server = await startTinyServer((_, response, index) => {
      sendJson(response, [], { status: index < 3 ? 429 : 200, headers: { 'retry-after': '1' } });
    });
    const { client } = openTestClient(server.url);

    const { request } = await client.get('/x?per_page=100', { smaller: () => '/x?per_page=50' });

    expect(request).toBe('/x?per_page=100');
  });
});

import { gzipSync } from 'node:zlib';

import { describe, expect, test } from 'vitest';

import { caught } from '../../unit/extract/caught.ts';
import { CANARY, openTestClient } from './testClient.ts';
import { sendJson, startTinyServer } from './tinyServer.ts';

describe('get', () => {
  // GL3.9
  test('sends the token as Bearer below the API and reads gzip', async () => {
    await using server = await startTinyServer((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      response.end(gzipSync('{"name":"käse"}'));
    });
    const { client } = openTestClient(`${server.url}/gitlab/`);

    const answer = await client.get('/projects/1?a=b');

    expect(answer).toMatchObject({ status: 200, json: { name: 'käse' }, text: '{"name":"käse"}' });
    expect(server.asked).toEqual(['/gitlab/api/v4/projects/1?a=b']);
    expect(server.headers[0]).toMatchObject({
      authorization: `Bearer ${CANARY}`,
      'accept-encoding': 'gzip',
      'user-agent': 'gitlab-alloydb/test',
    });
    expect(client.requests).toBe(1);
  });

  test('keeps connections alive', async () => {
    const sockets = new Set<unknown>();
    await using server = await startTinyServer((request, response) => {
      sockets.add(request.socket);
      sendJson(response, []);
    });
    const { client } = openTestClient(server.url);

    for (let count = 0; count < 5; count += 1) await client.get('/x');

    expect(sockets.size).toBe(1);
  });

  test('gives back client errors and redirects as they are', async () => {
    await using server = await startTinyServer((_, response, index) => {
      sendJson(response, { message: 'no' }, { status: [404, 302, 422][index] ?? 500 });
    });
    const { client } = openTestClient(server.url);

    const statuses = [];
    for (const path of ['/a', '/b', '/c']) statuses.push((await client.get(path)).status);

    expect(statuses).toEqual([404, 302, 422]);
  });

  // GL3.10
  test('follows no redirect and sends the token nowhere else', async () => {
    await using evil = await startTinyServer((_, response) => {
      sendJson(response, []);
    });
    await using server = await startTinyServer((_, response) => {
      response.writeHead(302, { location: `${evil.url}/users/sign_in` }).end();
    });
    const { client } = openTestClient(server.url);

    const { status } = await client.get('/x');

    expect(status).toBe(302);
    expect(evil.asked).toEqual([]);
  });

  test('refuses a path that leaves the API before anything is sent', async () => {
    await using server = await startTinyServer((_, response) => {
      sendJson(response, []);
    });
    const { client } = openTestClient(server.url);

    const error = await caught(() => client.get('/projects/../../../admin'));

    expect(error.code).toBe('E_GITLAB_ANSWER');
    expect(server.asked).toEqual([]);
  });
});

describe('graphql', () => {
  test('posts document and variables beside the REST API', async () => {
    let body = '';
    await using server = await startTinyServer(async (request, response) => {
      for await (const chunk of request) body += String(chunk);
      sendJson(response, { data: {} });
    });
    const { client } = openTestClient(`${server.url}/gitlab/api/v4`);

    await client.graphql('query { x }', { after: null });

    expect(server.asked).toEqual(['/gitlab/api/graphql']);
    expect(JSON.parse(body)).toEqual({ query: 'query { x }', variables: { after: null } });
    expect(server.headers[0]?.['content-type']).toBe('application/json');
  });
});

describe('signal', () => {
  test('ends a request under way with its reason', async () => {
    await using server = await startTinyServer(() => undefined);
    const { client } = openTestClient(server.url);
    const stop = new AbortController();
    const reason = new Error('budget ended');

    const answer = client.get('/x', { signal: stop.signal });
    setTimeout(() => {
      stop.abort(reason);
    }, 50);

    await expect(answer).rejects.toBe(reason);
  });

  test('that has aborted sends nothing', async () => {
    await using server = await startTinyServer(() => undefined);
    const reason = new Error('budget ended');
    const { client } = openTestClient(server.url, { signal: AbortSignal.abort(reason) });

    await expect(client.get('/x')).rejects.toBe(reason);
    expect(server.asked).toEqual([]);
  });
});

import { describe, expect, test } from 'vitest';

import { probe } from '../../../functions/engine/extract/identity.ts';
import { caught } from '../../unit/extract/caught.ts';
import { openTestClient } from './testClient.ts';
import { type Handler, sendJson, startTinyServer } from './tinyServer.ts';

const complete: Readonly<Record<string, unknown>> = {
  '/api/v4/user': { username: 'root', is_admin: true },
  '/api/v4/personal_access_tokens/self': {
    scopes: ['read_api'],
    created_at: '2026-01-31T10:00:00.000Z',
    expires_at: '2027-01-31',
  },
  '/api/v4/metadata': { version: '18.4.0', enterprise: true },
};

function answers(bodies: Readonly<Record<string, unknown>>): Handler {
  return (request, response) => {
    const body = bodies[request.url ?? ''];
    sendJson(response, body ?? { message: '404 Not found' }, {
      status: body === undefined ? 404 : 200,
    });
  };
}

describe('probe', () => {
  test('tells who the token is in three requests', async () => {
    await using server = await startTinyServer(answers(complete));

    const identity = await probe(openTestClient(server.url).client);

    expect(identity).toEqual({
      kind: 'personal',
      ownerId: undefined,
      createdAt: '2026-01-31T10:00:00.000Z',
      isAdmin: true,
      username: 'root',
      scopes: ['read_api'],
      expiresAt: '2027-01-31',
      version: '18.4.0',
      enterprise: true,
    });
    expect(server.asked).toHaveLength(3);
  });

  test('needs nothing but the user', async () => {
    await using server = await startTinyServer(answers({ '/api/v4/user': { username: 'bot' } }));

    const identity = await probe(openTestClient(server.url).client);

    expect(identity).toMatchObject({ isAdmin: false, username: 'bot', scopes: undefined });
  });

  const failures: readonly { name: string; handler: Handler; code: string }[] = [
    {
      name: '401',
      handler: (_, response) => sendJson(response, {}, { status: 401 }),
      code: 'E_GITLAB_AUTH',
    },
    {
      name: 'a missing scope',
      handler: (_, response) =>
        sendJson(response, { error: 'insufficient_scope', scope: 'read_user' }, { status: 403 }),
      code: 'E_GITLAB_AUTH',
    },
    {
      name: 'another web site',
      handler: (_, response) =>
        void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>'),
      code: 'E_GITLAB_ANSWER',
    },
    {
      name: 'another JSON service',
      handler: (_, response) => sendJson(response, { hello: 'world' }),
      code: 'E_GITLAB_ANSWER',
    },
    {
      name: 'JSON 404',
      handler: (_, response) => {
        sendJson(response, {}, { status: 404 });
      },
      code: 'E_GITLAB_ANSWER',
    },
    {
      name: 'no API below this root',
      handler: (_, response) => void response.writeHead(404, { 'content-type': 'text/html' }).end(),
      code: 'E_GITLAB_ANSWER',
    },
  ];
  test.each(failures)('$name is $code', async ({ handler, code }) => {
    await using server = await startTinyServer(handler);

    const error = await caught(() => probe(openTestClient(server.url).client));

    expect(error.code).toBe(code);
  });
});

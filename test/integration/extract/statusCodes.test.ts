import { describe, expect, test } from 'vitest';

import { readPages } from '../../../functions/engine/extract/pages.ts';
import type { ResourceSpec } from '../../../functions/engine/model/resource.ts';
import { caught } from '../../unit/extract/caught.ts';
import { collect } from '../../unit/extract/collect.ts';
import { taskOf } from '../../unit/extract/task.ts';
import { idsOf, portsTo } from './testPorts.ts';
import { type Handler, queryOf, sendJson, startTinyServer } from './tinyServer.ts';

/** Answers the first request with `status` and `body`, every later one with one record. */
function once(status: number, body: unknown, headers: Record<string, string> = {}): Handler {
  return (_, response, index) => {
    if (index === 0) sendJson(response, body, { status, headers });
    else sendJson(response, [{ id: 1 }]);
  };
}

/** Every answer is this one. */
function always(status: number, body: unknown): Handler {
  return (_, response) => {
    sendJson(response, body, { status });
  };
}

function text(status: number, type: string, body: string): Handler {
  return (_, response) => void response.writeHead(status, { 'content-type': type }).end(body);
}

/** What a list is answered with and how its reading ends: with ids, or with an error's code and words. */
interface Line {
  readonly name: string;
  readonly handler: Handler;
  readonly resource?: Partial<ResourceSpec>;
  readonly ids?: readonly number[];
  readonly code?: string;
  readonly words?: string;
}

const moved = { message: 'This resource has been moved permanently to https://x' };
const KEYSET: Partial<ResourceSpec> = { pagination: 'keyset' };

/**
 * What each status of GitLab means. 401 is in token.test.ts, 429 in rateLimit.test.ts, 500 to 504 in failures.test.ts and
 * size.test.ts, 304 is never sent because nothing conditional is asked.
 */
const LINES: readonly Line[] = [
  {
    // GL1.1
    name: "301 'moved permanently' to a path of the same origin is followed",
    handler: once(301, moved, { location: '/api/v4/widgets/moved?per_page=100' }),
    ids: [1],
  },
  {
    name: "301 'moved permanently' to another origin is an error that names the origin",
    handler: once(301, moved, { location: 'https://other.example/api/v4/widgets?token=x' }),
    ...{ code: 'E_GITLAB_ANSWER', words: "'https://other.example'" },
  },
  {
    name: '301 that leads to itself ends as an error',
    handler: (_, response) => {
      sendJson(response, moved, { status: 301, headers: { location: '/api/v4/widgets' } });
    },
    ...{ code: 'E_GITLAB_ANSWER', words: 'status 301' },
  },
  {
    name: '302 to the sign-in page is an error',
    handler: once(302, {}, { location: '/users/sign_in' }),
    ...{ code: 'E_GITLAB_ANSWER', words: 'status 302' },
  },
  {
    // GL1.2
    name: '304 that nobody asked for is an error',
    handler: (_, response) => void response.writeHead(304).end(),
    ...{ code: 'E_GITLAB_ANSWER', words: 'status 304' },
  },
  {
    // GL1.3
    name: "400 'page does not have a valid value' is not sent again",
    handler: once(400, { error: 'page does not have a valid value' }),
    ...{ code: 'E_GITLAB_ANSWER', words: 'status 400' },
  },
  {
    name: "403 'Forbidden' leaves the partition",
    handler: once(403, { message: '403 Forbidden' }),
    ...{ code: 'E_GITLAB_FORBIDDEN', words: 'status 403' },
  },
  {
    // GL1.5
    name: "403 'insufficient_scope' is a wrong setting that names the scope",
    handler: once(403, { error: 'insufficient_scope', scope: 'api' }),
    ...{ code: 'E_GITLAB_AUTH', words: "'api'" },
  },
  {
    name: "404 'Not found' leaves the partition",
    handler: once(404, { message: '404 Project Not Found' }),
    ...{ code: 'E_GITLAB_FORBIDDEN', words: 'status 404' },
  },
  {
    // GL1.11
    name: "405 'Keyset pagination is not yet available' changes the way of paging",
    handler: (request, response) => {
      const isKeyset = queryOf(request).get('pagination') === 'keyset';
      if (isKeyset) sendJson(response, { error: 'Keyset pagination' }, { status: 405 });
      else sendJson(response, [{ id: 1 }]);
    },
    ...{ resource: KEYSET, ids: [1] },
  },
  {
    // GL1.12
    name: "414 'Request-URI Too Large' is an error",
    handler: once(414, { message: 'Request-URI Too Large' }),
    ...{ code: 'E_GITLAB_ANSWER', words: 'status 414' },
  },
  {
    // GL1.13
    name: "422 'Invalid page token' begins the list again",
    handler: (request, response, index) => {
      const link = '<x?pagination=keyset&page_token=gone>; rel="next"';
      if (index === 0) sendJson(response, [{ id: 1 }], { headers: { link } });
      else if (queryOf(request).has('page_token'))
        sendJson(response, { message: 'Invalid page token: refs/heads/gone' }, { status: 422 });
      else sendJson(response, [{ id: 1 }, { id: 2 }]);
    },
    ...{ resource: KEYSET, ids: [1, 1, 2] },
  },
  {
    name: '200 with HTML is an error',
    handler: text(200, 'text/html', '<html>Sign in</html>'),
    ...{ code: 'E_GITLAB_ANSWER', words: 'not of its API' },
  },
  {
    name: '200 with an empty body is an error',
    handler: text(200, 'application/json', ''),
    ...{ code: 'E_GITLAB_ANSWER', words: 'an empty body' },
  },
  {
    name: '200 with half of its JSON is an error',
    handler: text(200, 'application/json', '[{"id":1},{"id"'),
    ...{ code: 'E_GITLAB_ANSWER', words: 'a broken body' },
  },
  {
    name: '200 with an object in place of a list is an error',
    handler: always(200, { id: 1 }),
    ...{ code: 'E_GITLAB_ANSWER', words: 'not a list' },
  },
  {
    name: '204 in place of a list is an error',
    handler: (_, response) => void response.writeHead(204).end(),
    ...{ code: 'E_GITLAB_ANSWER', words: 'not a list' },
  },
  {
    name: '200 with an error in place of an object is an error',
    handler: always(200, { error: 'busy', error_description: 'try later' }),
    resource: { pagination: 'unpaged' },
    ...{ code: 'E_GITLAB_ANSWER', words: 'neither a list nor an object' },
  },
];

describe('a status of GitLab', () => {
  test.each(LINES)('$name', async ({ handler, resource = {}, ids, code, words }) => {
    await using server = await startTinyServer(handler);
    const ports = portsTo(server.url, {}, { maxAttempts: 2 });
    const pages = () => collect(readPages(taskOf(resource), ports));

    if (ids === undefined) {
      const error = await caught(pages);
      expect(error.code).toBe(code);
      expect(error.message).toContain(words);
    } else {
      expect(idsOf(await pages())).toEqual(ids);
    }
  });

  // GL1.1
  test('301 to another origin takes the token nowhere', async () => {
    await using other = await startTinyServer(always(200, []));
    await using server = await startTinyServer(
      once(301, moved, { location: `${other.url}/api/v4/widgets` }),
    );

    await caught(() => collect(readPages(taskOf({}), portsTo(server.url))));

    expect(other.asked).toEqual([]);
    expect(server.asked).toHaveLength(1);
  });
});

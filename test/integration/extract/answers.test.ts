import { describe, expect, test } from 'vitest';

import { readPages } from '../../../functions/engine/extract/pages.ts';
import { caught } from '../../unit/extract/caught.ts';
import { collect } from '../../unit/extract/collect.ts';
import { taskOf } from '../../unit/extract/task.ts';
import { offsetList } from './lists.ts';
import { portsTo } from './testPorts.ts';
import { type Handler, sendJson, startTinyServer } from './tinyServer.ts';

describe('answers that are no pages', () => {
  const answers: readonly { name: string; handler: Handler; code: string }[] = [
    {
      name: 'HTML 200',
      handler: (_, response) =>
        void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
      code: 'E_GITLAB_ANSWER',
    },
    {
      name: 'a redirect to the sign-in page',
      handler: (_, response) => void response.writeHead(302, { location: '/users/sign_in' }).end(),
      code: 'E_GITLAB_ANSWER',
    },
    {
      name: 'an object in place of a list',
      handler: (_, response) => sendJson(response, { message: 'hello' }),
      code: 'E_GITLAB_ANSWER',
    },
    {
      name: 'null in place of a list',
      handler: (_, response) => sendJson(response, null),
      code: 'E_GITLAB_ANSWER',
    },
    {
      name: '403',
      handler: (_, response) => sendJson(response, {}, { status: 403 }),
      code: 'E_GITLAB_FORBIDDEN',
    },
  ];
  test.each(answers)('$name is $code and never the end of a list', async ({ handler, code }) => {
    await using server = await startTinyServer(handler);

    const error = await caught(() => collect(readPages(taskOf({}), portsTo(server.url))));

    expect(error.code).toBe(code);
  });

  // GL2.14
  test('a list that becomes absent between two pages is forbidden', async () => {
    const list = offsetList(150);
    await using server = await startTinyServer((request, response, index) =>
      index === 0 ? list(request, response, index) : sendJson(response, {}, { status: 404 }),
    );
    const task = taskOf({ absent: { 404: 'switched off' } });

    const error = await caught(() => collect(readPages(task, portsTo(server.url))));

    expect(error.code).toBe('E_GITLAB_FORBIDDEN');
  });

  test('absence ends the scan with one empty page and one notice for the run', async () => {
    await using server = await startTinyServer((_, response) => {
      sendJson(response, { message: '404 Not Found' }, { status: 404 });
    });
    const ports = portsTo(server.url, { noticed: new Set() });
    const task = taskOf({ absent: { 404: 'clusters are switched off' } });

    const pages = await collect(readPages(task, ports));
    await collect(readPages(task, ports));

    expect(pages).toMatchObject([{ records: [], position: { at: 'end' } }]);
    expect(ports.events).toEqual([
      {
        event: 'problem',
        code: 'NOTICE',
        resource: 'widgets',
        message: "Nothing was read from '/widgets': clusters are switched off.",
      },
    ]);
  });
});

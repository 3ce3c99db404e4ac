import { describe, expect, test } from 'vitest';

import { readPages } from '../../../functions/engine/extract/pages.ts';
import type { DestinationReader } from '../../../functions/engine/extract/ports.ts';
import type { ResourceSpec } from '../../../functions/engine/model/resource.ts';
import { caught } from '../../unit/extract/caught.ts';
import { collect } from '../../unit/extract/collect.ts';
import { taskOf } from '../../unit/extract/task.ts';
import { EMPTY_DESTINATION, portsTo, positionsOf, readWithRestarts } from './testPorts.ts';
import { type Handler, sendJson, startTinyServer } from './tinyServer.ts';

describe('GraphQL lists', () => {
  const graphql: Partial<ResourceSpec> = {
    path: '/graphql#project.alerts',
    pagination: 'graphql',
    bind: { project_id: { from: 'each', scope: 'project' }, full_path: { from: 'full-path' } },
    keep: ['project_id'],
    graphql: {
      document: 'query ($full_path: ID!, $after: String) { x }',
      connection: ['project', 'alerts'],
      integers: ['iid'],
    },
  };
  const destination: DestinationReader = {
    ...EMPTY_DESTINATION,
    async *targets() {
      await Promise.resolve();
      yield { target: { full_path: 'acme/app' } };
    },
  };

  function alertPages(seen: unknown[]): Handler {
    return async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      const { variables } = JSON.parse(body) as { variables: { after: string | null } };
      seen.push(variables);
      const isLast = variables.after !== null;
      const alerts = {
        nodes: [{ iid: isLast ? '2' : '1' }],
        pageInfo: { hasNextPage: !isLast, endCursor: 'c=1' },
      };
      sendJson(response, { data: { project: { alerts } } });
    };
  }

  test('are read by cursor, with integers as integers in both readings', async () => {
    const seen: unknown[] = [];
    await using server = await startTinyServer(alertPages(seen));

    const pages = await collect(readPages(taskOf(graphql), portsTo(server.url, { destination })));

    expect(pages.flatMap(({ records }) => records)).toEqual([{ iid: 1 }, { iid: 2 }]);
    expect(seen).toEqual([
      { full_path: 'acme/app', after: null },
      { full_path: 'acme/app', after: 'c=1' },
    ]);
    expect(positionsOf(pages)).toEqual([
      { at: 'page', token: { query: 'after=c%3D1' } },
      { at: 'end', cursor: undefined },
    ]);
    expect(pages[1]?.request).toBe('POST /graphql#project.alerts?after=c%3D1');
    expect(pages[1]?.select(JSON.parse(pages[1].text))).toEqual([{ iid: 2n }]);
  });

  test('go on where an invocation ended', async () => {
    await using server = await startTinyServer(alertPages([]));

    const pages = await readWithRestarts(taskOf(graphql), portsTo(server.url, { destination }));

    expect(pages).toHaveLength(2);
  });

  test.each([
    { name: 'errors', body: { errors: [{ message: 'x' }], data: null }, code: 'E_GITLAB_ANSWER' },
    { name: 'no project', body: { data: { project: null } }, code: 'E_GITLAB_FORBIDDEN' },
  ])('$name end with $code', async ({ body, code }) => {
    await using server = await startTinyServer((_, response) => {
      sendJson(response, body);
    });
    const ports = portsTo(server.url, { destination });

    const error = await caught(() => collect(readPages(taskOf(graphql), ports)));

    expect(error.code).toBe(code);
  });
});

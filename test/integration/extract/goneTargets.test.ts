import { describe, expect, test } from 'vitest';

import { readPages } from '../../../functions/engine/extract/pages.ts';
import type { DestinationReader } from '../../../functions/engine/extract/ports.ts';
import type { ResourceSpec } from '../../../functions/engine/model/resource.ts';
import { caught } from '../../unit/extract/caught.ts';
import { collect } from '../../unit/extract/collect.ts';
import { resourceOf, taskOf } from '../../unit/extract/task.ts';
import { EMPTY_DESTINATION, idsOf, portsTo, readWithRestarts } from './testPorts.ts';
import { type Handler, sendJson, startTinyServer, type TinyServer } from './tinyServer.ts';

const issues = resourceOf({
  id: 'issues',
  path: '/projects/{project_id}/issues',
  single: '/projects/{project_id}/issues/{iid}',
  bind: { project_id: { from: 'each', scope: 'project' } },
});
const alerts = resourceOf({
  id: 'alerts',
  path: '/graphql#alerts',
  graphql: { document: '', connection: [], integers: [] },
});
const notes: Partial<ResourceSpec> = {
  id: 'notes',
  path: '/projects/{project_id}/issues/{issue_iid}/notes',
  bind: {
    project_id: { from: 'each', scope: 'project' },
    issue_iid: { from: 'parent', resource: 'issues', field: 'iid' },
  },
  keep: ['issue_iid'],
};
const images: Partial<ResourceSpec> = {
  ...notes,
  bind: {
    project_id: { from: 'each', scope: 'project' },
    issue_iid: { from: 'parent', resource: 'alerts', field: 'iid' },
  },
};

/** Statuses by the end of the path; everything else is a list of one row, or of none. */
function gitlab(statuses: Readonly<Record<string, number>>): Handler {
  return (request, response) => {
    const path = (request.url ?? '').replace(/^\/api\/v4|\?.*$/g, '');
    const status = statuses[path] ?? 200;
    const iid = Number(/issues\/(\d+)\/notes$/.exec(path)?.[1]);
    const rows = Number.isNaN(iid) ? {} : [{ id: iid }];
    sendJson(response, path.endsWith('/issues') ? [] : rows, { status });
  };
}

function ports(server: TinyServer, iids: readonly number[]) {
  const destination: DestinationReader = {
    ...EMPTY_DESTINATION,
    async *targets({ token }) {
      await Promise.resolve();
      for (const iid of iids)
        if (iid > Number(token?.after?.['issue_iid'] ?? 0)) yield { target: { issue_iid: iid } };
    },
    cursorAtEnd: () => Promise.resolve('parents-1'),
  };
  const resources = new Map([issues, alerts].map((resource) => [resource.id, resource]));
  return { ...portsTo(server.url, { destination, noticed: new Set() }), resources };
}

const GONE = { '/projects/17/issues/2/notes': 404, '/projects/17/issues/2': 404 };

describe('a target that GitLab refuses', () => {
  // GL1.9
  test.each([404, 403])(
    'with %i is left out when the row above is gone, told once',
    async (status) => {
      const statuses = { ...GONE, '/projects/17/issues/2/notes': status };
      await using server = await startTinyServer(gitlab(statuses));
      const chosen = ports(server, [1, 2, 3]);
      let leftOut = 0;
      const watched = { ...chosen, leftOut: () => (leftOut += 1) };

      const pages = await collect(readPages(taskOf(notes), watched));
      const again = await readWithRestarts(taskOf(notes), watched);

      expect([pages, again].map(idsOf)).toEqual([
        [1, 3],
        [1, 3],
      ]);
      expect(pages.at(-1)?.position).toEqual({ at: 'end', cursor: 'parents-1' });
      expect(leftOut).toBeGreaterThan(0);
      expect(chosen.events).toMatchObject([{ code: 'NOTICE', partition: '17' }]);
    },
  );

  test('is left out also when it is the only one, and when it is the last', async () => {
    await using server = await startTinyServer(gitlab(GONE));

    const only = await collect(readPages(taskOf(notes), ports(server, [2])));
    const last = await collect(readPages(taskOf(notes), ports(server, [1, 2])));

    expect([only, last].map(idsOf)).toEqual([[], [1]]);
    expect([only, last].map((pages) => pages.at(-1)?.position.at)).toEqual(['end', 'end']);
  });

  // GL1.9
  test.each([
    ['the row above is there', { ...GONE, '/projects/17/issues/2': 200 }],
    ['the row above is hidden by 403', { ...GONE, '/projects/17/issues/2': 403 }],
    ['the list of rows above is refused too', { ...GONE, '/projects/17/issues': 404 }],
  ])('refuses the partition where %s', async (_, statuses) => {
    await using server = await startTinyServer(gitlab(statuses));

    const error = await caught(() => collect(readPages(taskOf(notes), ports(server, [1, 2, 3]))));

    expect(error.code).toBe('E_GITLAB_FORBIDDEN');
    expect(error.details['path']).toBe('/projects/17/issues/2/notes');
  });

  test('below rows without a path is left out where others are answered and the project is there', async () => {
    await using server = await startTinyServer(gitlab({ '/projects/17/issues/1/notes': 404 }));

    const pages = await collect(readPages(taskOf(images), ports(server, [1, 2])));
    const alone = await caught(() => collect(readPages(taskOf(images), ports(server, [1]))));

    expect(idsOf(pages)).toEqual([2]);
    expect(alone.code).toBe('E_GITLAB_FORBIDDEN');
  });

  test('below rows without a path refuses the partition where the project is not there', async () => {
    const statuses = { '/projects/17/issues/1/notes': 404, '/projects/17': 404 };
    await using server = await startTinyServer(gitlab(statuses));

    const error = await caught(() => collect(readPages(taskOf(images), ports(server, [1, 2]))));

    expect(error.code).toBe('E_GITLAB_FORBIDDEN');
  });
});

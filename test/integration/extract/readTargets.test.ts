import { describe, expect, test } from 'vitest';

import { readPages } from '../../../functions/engine/extract/pages.ts';
import type { DestinationReader } from '../../../functions/engine/extract/ports.ts';
import type { ResourceSpec } from '../../../functions/engine/model/resource.ts';
import { collect } from '../../unit/extract/collect.ts';
import { taskOf } from '../../unit/extract/task.ts';
import { offsetList } from './lists.ts';
import { EMPTY_DESTINATION, idsOf, portsTo, positionsOf, readWithRestarts } from './testPorts.ts';
import { type Handler, sendJson, startTinyServer } from './tinyServer.ts';

describe('targets', () => {
  const resource: Partial<ResourceSpec> = {
    path: '/projects/{project_id}/alerts/{iid}/images',
    bind: {
      project_id: { from: 'each', scope: 'project' },
      iid: { from: 'parent', resource: 'alerts', field: 'iid' },
    },
    keep: ['project_id', 'iid'],
    absent: { 404: 'nothing there' },
  };
  function stored(iids: () => readonly number[]): DestinationReader {
    return {
      ...EMPTY_DESTINATION,
      async *targets({ token }) {
        await Promise.resolve();
        for (const iid of iids())
          if (iid > Number(token?.after?.['iid'] ?? 0)) yield { target: { iid } };
      },
      cursorAtEnd: () => Promise.resolve('parents-1'),
    };
  }
  const perTarget: Handler = (request, response, index) => {
    const iid = Number(/alerts\/(\d+)/.exec(request.url ?? '')?.[1]);
    if (iid === 3) sendJson(response, {}, { status: 404 });
    else return offsetList(iid * 60)(request, response, index);
  };

  test('are read one after the other and keep their values as columns', async () => {
    await using server = await startTinyServer(perTarget);
    const ports = portsTo(server.url, { destination: stored(() => [1, 2, 3]) });

    const pages = await collect(readPages(taskOf(resource), ports));

    expect(pages.map(({ columns, records }) => [columns['iid'], records.length])).toEqual([
      [1, 60],
      [2, 100],
      [2, 20],
      [undefined, 0],
    ]);
    expect(positionsOf(pages)).toEqual([
      { at: 'page', token: { after: { project_id: 17, iid: 1 }, mark: 'parents-1' } },
      {
        at: 'page',
        token: {
          after: { project_id: 17, iid: 1 },
          within: { project_id: 17, iid: 2 },
          mark: 'parents-1',
          page: 2,
        },
      },
      { at: 'page', token: { after: { project_id: 17, iid: 2 }, mark: 'parents-1' } },
      { at: 'end', cursor: 'parents-1' },
    ]);
  });

  test('go on after every page', async () => {
    await using server = await startTinyServer(perTarget);
    const ports = portsTo(server.url, { destination: stored(() => [1, 2, 4]) });

    const pages = await readWithRestarts(taskOf(resource), ports);

    expect(idsOf(pages)).toHaveLength(60 + 120 + 240);
  });

  test('do not take over the page of a target that is gone', async () => {
    await using server = await startTinyServer(perTarget);
    const ports = portsTo(server.url, { destination: stored(() => [1, 4]) });
    const token = {
      after: { project_id: 17, iid: 1 },
      within: { project_id: 17, iid: 2 },
      page: 2,
    };

    const pages = await collect(readPages(taskOf(resource, { token }), ports));

    expect(idsOf(pages)).toHaveLength(240);
  });

  test('whose name is no path segment are left out with a notice', async () => {
    await using server = await startTinyServer(offsetList(1));
    const bind = { name: { from: 'values', values: ['..', 'a/b'] } } as const;
    const ports = portsTo(server.url);

    const pages = await collect(readPages(taskOf({ path: '/labels/{name}', bind }), ports));

    expect(idsOf(pages)).toEqual([1]);
    expect(server.asked).toEqual(['/api/v4/labels/a%2Fb?page=1&per_page=100']);
    expect(ports.events).toMatchObject([{ event: 'problem', code: 'NOTICE' }]);
  });
});

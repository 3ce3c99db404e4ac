import { describe, expect, test } from 'vitest';

import { readPages } from '../../../functions/engine/extract/pages.ts';
import type { ResourceSpec } from '../../../functions/engine/model/resource.ts';
import { caught } from '../../unit/extract/caught.ts';
import { collect } from '../../unit/extract/collect.ts';
import { taskOf } from '../../unit/extract/task.ts';
import { keysetList, offsetList } from './lists.ts';
import { idsOf, portsTo, positionsOf, readWithRestarts } from './testPorts.ts';
import { queryOf, sendJson, startTinyServer } from './tinyServer.ts';

const keyset: Partial<ResourceSpec> = { pagination: 'keyset' };

describe('keyset lists', () => {
  // GL2.5
  test('take nothing but the query of a link', async () => {
    await using server = await startTinyServer(keysetList(200));
    const query = { order_by: 'id', sort: 'asc' };

    const pages = await collect(readPages(taskOf({ ...keyset, query }), portsTo(server.url)));

    expect(idsOf(pages)).toHaveLength(200);
    expect(server.asked).toEqual([
      '/api/v4/widgets?order_by=id&sort=asc&pagination=keyset&per_page=100',
      '/api/v4/widgets?order_by=id&sort=asc&pagination=keyset&per_page=100&id_after=100',
      '/api/v4/widgets?order_by=id&sort=asc&pagination=keyset&per_page=100&id_after=200',
    ]);
    expect(positionsOf(pages).at(-1)).toEqual({ at: 'end', cursor: undefined });
  });

  // GL2.6
  test('go on where an invocation ended', async () => {
    await using server = await startTinyServer(keysetList(350));

    const pages = await readWithRestarts(taskOf(keyset), portsTo(server.url));

    expect(idsOf(pages)).toEqual(Array.from({ length: 350 }, (_, index) => index + 1));
  });

  // GL2.7
  test('change to offset where GitLab has no keyset', async () => {
    const list = offsetList(150);
    await using server = await startTinyServer((request, response, index) =>
      queryOf(request).has('pagination')
        ? sendJson(response, { error: 'Keyset pagination is not yet available' }, { status: 405 })
        : list(request, response, index),
    );

    const pages = await collect(readPages(taskOf(keyset), portsTo(server.url)));

    expect(idsOf(pages)).toHaveLength(150);
  });

  // GL1.13
  test('begin again once when the page token was deleted', async () => {
    await using server = await startTinyServer((request, response, index) => {
      const token = queryOf(request).get('page_token');
      if (token === 'gone') {
        sendJson(response, { error: 'Invalid page token' }, { status: 422 });
        return;
      }
      if (token === 'b') {
        sendJson(response, [{ id: 3 }]);
        return;
      }
      const link = `<x?pagination=keyset&page_token=${index === 0 ? 'gone' : 'b'}>; rel="next"`;
      sendJson(response, [{ id: 1 }, { id: 2 }], { headers: { link } });
    });

    const pages = await collect(readPages(taskOf(keyset), portsTo(server.url)));

    expect(idsOf(pages)).toEqual([1, 2, 1, 2, 3]);
  });

  const loops = [
    { name: 'a link to itself', next: () => 'same' },
    { name: 'A to B to A', next: (index: number) => (index % 2 === 0 ? 'b' : 'a') },
  ];
  // GL2.8
  test.each(loops)('end with E_NO_PROGRESS for $name', async ({ next }) => {
    await using server = await startTinyServer((_, response, index) => {
      const link = `<x?pagination=keyset&cursor=${next(index)}>; rel="next"`;
      sendJson(response, [{ id: index % 2 }], { headers: { link } });
    });

    const error = await caught(() => collect(readPages(taskOf(keyset), portsTo(server.url))));

    expect(error.code).toBe('E_NO_PROGRESS');
    expect(server.asked.length).toBeLessThan(6);
  });
});

import { describe, expect, test } from 'vitest';

import { readPages } from '../../../functions/engine/extract/pages.ts';
import type { ResourceSpec } from '../../../functions/engine/model/resource.ts';
import { collect } from '../../unit/extract/collect.ts';
import { taskOf } from '../../unit/extract/task.ts';
import { jsonOf } from './changingList.ts';
import { keysetList, offsetList } from './lists.ts';
import { idsOf, portsTo, positionsOf, readWithRestarts } from './testPorts.ts';
import { type Handler, queryOf, sendJson, startTinyServer } from './tinyServer.ts';
import { MINUTE, NOW, world } from './walkedWorld.ts';

/** The same list with GitLab's clock in its answers, which goes on by a minute with every page. */
function clocked(list: Handler): Handler {
  return (request, response, index) => {
    response.setHeader('date', new Date(NOW + index * MINUTE).toUTCString());
    return list(request, response, index);
  };
}

describe('a list of what changed since', () => {
  const releases: Partial<ResourceSpec> = {
    cursor: { kind: 'changed-since', after: 'updated_after' },
  };

  test.each([
    { name: 'offset', list: offsetList(350), pagination: 'offset' as const },
    { name: 'keyset', list: keysetList(350), pagination: 'keyset' as const },
  ])(
    '4: with $name pages leaves the beginning of its scan by GitLab’s clock',
    async ({ list, pagination }) => {
      await using server = await startTinyServer(clocked(list));

      const pages = await readWithRestarts(
        taskOf({ ...releases, pagination }),
        portsTo(server.url),
      );

      expect(new Set(idsOf(pages)).size).toBe(350);
      expect(positionsOf(pages).at(-1)).toEqual({ at: 'end', cursor: '2026-03-01T12:00:00.000Z' });
    },
  );

  test('4: asks a later time for what changed since some minutes before its cursor', async () => {
    await using server = await startTinyServer(clocked(offsetList(150)));
    const task = taskOf(releases, { cursor: '2026-02-01T00:00:00.000Z' });

    await readWithRestarts(task, portsTo(server.url));

    expect(server.asked).toEqual([
      '/api/v4/widgets?updated_after=2026-01-31T23%3A50%3A00.000Z&page=1&per_page=100',
      '/api/v4/widgets?updated_after=2026-01-31T23%3A50%3A00.000Z&page=2&per_page=100',
    ]);
  });

  test('4: that begins when every answer lacks a date leaves the instant of the run', async () => {
    await using server = await startTinyServer((_, response) => {
      response.sendDate = false;
      sendJson(response, [{ id: 1 }]);
    });
    const ports = portsTo(server.url, { asOf: new Date(NOW) });

    const pages = await collect(readPages(taskOf(releases), ports));

    expect(positionsOf(pages)).toEqual([{ at: 'end', cursor: '2026-03-01T12:00:00.500Z' }]);
  });
});

describe('a list with the newest change first', () => {
  const users: Partial<ResourceSpec> = {
    query: { order_by: 'updated_at', sort: 'desc' },
    cursor: { kind: 'newest-changed-first', field: 'updated_at' },
  };
  const rows = world(500, { step: MINUTE * 1_000 }).toReversed();
  const list: Handler = (request, response) => {
    const end = Number(queryOf(request).get('page')) * 100;
    const next = { 'x-next-page': end < rows.length ? String(end / 100 + 1) : '' };
    sendJson(response, rows.slice(end - 100, end).map(jsonOf), { headers: next });
  };

  test('4: is read whole the first time, and later until the cursor and some minutes more', async () => {
    await using server = await startTinyServer(clocked(list));
    const first = await readWithRestarts(taskOf(users), portsTo(server.url));
    const cursor = new Date(NOW - 195 * MINUTE).toISOString();

    const second = await collect(readPages(taskOf(users, { cursor }), portsTo(server.url)));

    expect(idsOf(first)).toHaveLength(500);
    expect(positionsOf(first).at(-1)).toEqual({ at: 'end', cursor: '2026-03-01T11:59:00.500Z' });
    expect(idsOf(second)).toHaveLength(300);
    expect(positionsOf(second).at(-1)).toEqual({ at: 'end', cursor: '2026-03-01T11:59:00.500Z' });
  });

  test('4: that GitLab orders otherwise is read whole', async () => {
    const shuffled: Handler = (_, response, index) => {
      const json = [rows[400], rows[0], rows[450]].flatMap((row) => (row ? [jsonOf(row)] : []));
      sendJson(
        response,
        json.map((one) => ({ ...one, id: one.id + index * 1_000 })),
        {
          headers: { 'x-next-page': index < 3 ? 'n' : '' },
        },
      );
    };
    await using server = await startTinyServer(shuffled);
    const cursor = new Date(NOW - 195 * MINUTE).toISOString();

    const pages = await collect(readPages(taskOf(users, { cursor }), portsTo(server.url)));

    expect(pages).toHaveLength(4);
  });
});

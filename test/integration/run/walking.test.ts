import { expect, test } from 'vitest';

import { of, walking } from '../../../functions/engine/catalog/bindings.ts';
import { defineFamily } from '../../../functions/engine/catalog/defineFamily.ts';
import { allResources } from '../../../functions/engine/catalog/selection.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import { violations } from '../../support/invariants.ts';
import { type Bench, type Loaded, openBench, stateTable } from '../../support/run.ts';
import { smallGitlab } from '../../support/smallGitlab.ts';
import { changingList, jsonOf, type WorldRow } from '../extract/changingList.ts';
import { startTinyServer, type TinyServer } from '../extract/tinyServer.ts';
import { MINUTE, NOW, ties, world } from '../extract/walkedWorld.ts';

const catalog = {
  issues: defineFamily('issues', {
    issues: {
      path: '/issues',
      query: { scope: 'all', order_by: 'updated_at', sort: 'asc' },
      table: 'api_entities_issue',
      record: of<{ id: number; updated_at: string }>(),
      primaryKey: ['id'],
      pagination: 'offset',
      cursor: walking('updated_at', 'updated_after'),
    },
  }),
};

const CHECKED = { resources: allResources(catalog) };
const WORLD = { projects: 1, jobs: 1, branches: 1 };

function load(
  bench: Bench,
  server: TinyServer,
  order: Parameters<Bench['load']>[0] = {},
): Promise<Loaded> {
  const environment = { GITLAB_BASE_URL: server.url };
  return bench.load({ catalog, ...order, environment });
}

async function stored({ database }: Bench): Promise<readonly { id: number; updated_at: string }[]> {
  const { rows } = await database.query<{ id: number; updated_at: string }>(
    sql`select id::int as id, to_char(updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as updated_at
        from gitlab_data.api_entities_issue order by id`,
  );
  return rows;
}

async function cursor({ database }: Bench): Promise<string | null | undefined> {
  const { rows } = await database.query<{ cursor: string | null }>(
    sql`select cursor_value as cursor from ${stateTable('partition')} where resource = 'issues'`,
  );
  return rows[0]?.cursor;
}

// G4
test('2: ties and others land once, and a later scan brings what came late and rewrites nothing else', async () => {
  let now = NOW;
  const rows: WorldRow[] = [...world(300, { end: NOW - MINUTE }), ...ties(1_000, 301)];
  rows.push({ id: 5_000, changed: (NOW - 2 * MINUTE) * 1_000, visibleAt: NOW + 3 * MINUTE });
  const list = changingList({ rows: () => rows, now: () => now });
  await using server = await startTinyServer(smallGitlab(list));
  await using bench = await openBench(WORLD);
  const first = await load(bench, server);
  now += 4 * MINUTE;
  rows.push(...ties(50, 2_000));

  const second = await load(bench, server);

  expect(first.report).toMatchObject({ outcome: 'done', problems: [] });
  expect(second.report.resources['issues']).toMatchObject({ written: 51 });
  expect(await stored(bench)).toEqual(
    rows.toSorted((left, right) => left.id - right.id).map(jsonOf),
  );
  expect(await cursor(bench)).toBe('2026-03-01T11:59:30.500Z');
  expect(await violations(bench.database, CHECKED)).toEqual([]);
});

// G5
test('2: a run that is stopped at every page goes on behind it and leaves the same rows and cursor', async () => {
  const rows = [...world(450, { end: NOW - MINUTE }), ...ties(350, 451)];
  const list = changingList({ rows: () => rows, now: () => NOW });
  await using server = await startTinyServer(smallGitlab(list));
  await using bench = await openBench(WORLD);
  let runs = 0;
  do {
    runs += 1;
    const stopper = new AbortController();
    let clock = 0;
    await load(bench, server, {
      signal: stopper.signal,
      // Every page is a package of its own.
      now: () => (clock += 10_000),
      report: ({ event }) => {
        if (event === 'package-committed') stopper.abort(new Error('stopped by a signal'));
      },
    });
  } while ((await cursor(bench)) === null);

  expect(runs).toBeGreaterThan(3);
  expect(await stored(bench)).toEqual(rows.map(jsonOf));
  expect(await cursor(bench)).toBe('2026-03-01T11:59:30.500Z');
  expect(await violations(bench.database, CHECKED)).toEqual([]);
});

// I15
test('I15: a cursor that is ahead of the rows which it was taken from is found', async () => {
  const list = changingList({ rows: () => world(30), now: () => NOW });
  await using server = await startTinyServer(smallGitlab(list));
  await using bench = await openBench(WORLD);
  await load(bench, server);
  expect(await violations(bench.database, CHECKED)).toEqual([]);

  await bench.database.query(sql`delete from gitlab_data.api_entities_issue where id > 20`);

  expect(await violations(bench.database, CHECKED)).toEqual([
    expect.objectContaining({
      invariant: expect.stringContaining('no cursor of issues') as string,
    }),
  ]);
});

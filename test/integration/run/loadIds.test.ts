import { EventEmitter, once } from 'node:events';

import { expect, test } from 'vitest';

import { literal, sql } from '../../../functions/engine/sql/sql.ts';
import { insertJob } from '../../support/gitlab/world/mutations.ts';
import { violations } from '../../support/invariants.ts';
import { type Bench, openBench, type Order, stateTable } from '../../support/run.ts';
import { truthDifferences } from '../../support/truthDifferences.ts';

const JOBS = { resources: ['jobs'], until: 'once' } as const;
/** Two partitions are claimed at first, the third when one of them has been read. */
const ONE_BY_ONE = { CONCURRENCY: '1' };

/** Three projects with two pages of new jobs each. */
async function openTwoPages(): Promise<Bench> {
  const bench = await openBench({ projects: 3, jobs: 30, branches: 3, users: 3 });
  await bench.load({ request: JOBS });
  const { world } = bench.gitlab;
  for (const { id } of world.projects.values())
    for (let job = 0; job < 150; job += 1) insertJob(world, id);
  return bench;
}

async function valueOf<T>({ database }: Bench, text: ReturnType<typeof sql>): Promise<T> {
  const { rows } = await database.query<{ value: T }>(text);
  const [row] = rows;
  if (row === undefined) throw new Error('nothing was found');
  return row.value;
}

function lastLoad(bench: Bench): Promise<string> {
  return valueOf(bench, sql`select last::text as value from ${stateTable('load_clock')}`);
}

/** Loads the first page of a partition and gives it back there. */
async function loadFirstPage(bench: Bench, partition: string): Promise<void> {
  const stopper = new AbortController();
  const run = (): void => {
    stopper.abort(new Error('stopped by a signal'));
  };
  const match = { path: new RegExp(`/projects/${partition}/jobs`) };
  bench.gitlab.faults.add({ match, after: 1, times: 1, respond: { run } });
  let leaps = 0;
  const order: Order = {
    // A clock that leaps makes a package of every page.
    now: () => Date.now() + (leaps += 1) * 6_000,
    signal: stopper.signal,
  };
  await bench.load({ ...order, request: { ...JOBS, partition } });
}

// I10
test('a partition that another run has moved since a package was opened is not in that package', async () => {
  await using bench = await openTwoPages();
  const { faults } = bench.gitlab;
  const moments = new EventEmitter();
  const reached = once(moments, 'reached');
  const second = { match: { path: /\/projects\/\d+\/jobs/ }, after: 1, times: 1 };
  faults.add({ ...second, respond: { run: () => void moments.emit('reached') } });
  faults.add({ ...second, respond: { waitFor: once(moments, 'released') } });
  const before = await lastLoad(bench);
  const loaded = bench.load({ request: JOBS, environment: ONE_BY_ONE });
  await reached;
  await expect.poll(() => lastLoad(bench)).not.toBe(before);
  const partition = await valueOf<string>(
    bench,
    sql`select partition_key as value from ${stateTable('partition')} where resource = 'jobs' and owner is null`,
  );

  await loadFirstPage(bench, partition);
  moments.emit('released');
  await loaded;

  const runs = await valueOf(
    bench,
    sql`select count(distinct run_id)::int as value from ${stateTable('batch')}
        where resource = 'jobs' and partition_key = ${literal(partition)}`,
  );
  expect(runs).toBe(3);
  expect(await violations(bench.database)).toEqual([]);
  const { api_entities_job = [] } = bench.gitlab.truth('admin');
  expect(await truthDifferences(bench.database, { api_entities_job })).toEqual([]);
});

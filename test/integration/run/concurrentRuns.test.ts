import { setTimeout as sleep } from 'node:timers/promises';

import { beforeAll, describe, expect, test } from 'vitest';

import { SETTINGS } from '../../../functions/engine/config/settings.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import { violations } from '../../support/invariants.ts';
import { type Bench, openBench, stateTable } from '../../support/run.ts';
import { CORE_RESOURCES, CORE_TABLES } from '../../support/seedResources.ts';
import { truthDifferences } from '../../support/truthDifferences.ts';

/** Few connections for each run, and waits that differ. */
const ORDER = {
  environment: { CONCURRENCY: '2', RESOURCES: CORE_RESOURCES },
  random: Math.random,
};

const SIZE = { projects: 3, jobs: 120, branches: 20 };

async function differences({ gitlab, database }: Bench): Promise<readonly unknown[]> {
  const truth = Object.entries(
    gitlab.truth('admin', { dictionaryTables: SETTINGS.dictionaryTables.fallback }),
  ).filter(([table]) => CORE_TABLES.has(table));
  return [
    ...(await truthDifferences(database, Object.fromEntries(truth))),
    ...(await violations(database)),
  ];
}

describe('runs at the same time', () => {
  let alone: number;

  beforeAll(async () => {
    await using bench = await openBench(SIZE);
    alone = (await bench.load({ environment: { RESOURCES: CORE_RESOURCES } })).requests;
  });

  test.each([2, 8])('%i share the work and leave equal tables', async (count) => {
    await using bench = await openBench(SIZE);
    const asOf = new Date();

    const loaded = await Promise.all(
      Array.from({ length: count }, () => bench.load({ ...ORDER, request: { asOf } })),
    );

    const problems = loaded.flatMap(({ report }) => report.problems);
    expect(problems.filter(({ code }) => code !== 'NOTICE')).toEqual([]);
    expect(loaded.map(({ report }) => report.outcome)).toEqual(loaded.map(() => 'done'));
    // Each run asks who it is before it begins.
    expect(bench.gitlab.requests.total - 3 * count).toBeLessThanOrEqual(alone * 1.25);
    expect(await differences(bench)).toEqual([]);
  });

  test('write each changed row once', async () => {
    await using bench = await openBench(SIZE);
    const asOf = new Date();

    const loaded = await Promise.all(
      [1, 2, 3].map(() => bench.load({ ...ORDER, request: { asOf } })),
    );

    const jobs = loaded.reduce(
      (sum, { report }) => sum + (report.resources['jobs']?.written ?? 0),
      0,
    );
    expect(jobs).toBe(SIZE.jobs);
  });

  test('see the tables that another run has made since they began', async () => {
    await using bench = await openBench(SIZE);
    const slow = { match: { path: /\/projects\?/ }, respond: { delayMilliseconds: 800 } };
    bench.gitlab.faults.add(slow);
    const request = { resources: ['jobs'], asOf: new Date() };

    const early = bench.load({ request });
    await sleep(250);
    const late = await bench.load({ request });
    await early;

    const { rows } = await bench.database.query(
      sql`select status, count(*)::int as partitions from ${stateTable('partition')}
          where resource = 'jobs' group by status`,
    );
    expect(late.report.outcome).toBe('done');
    expect(rows).toEqual([{ status: 'active', partitions: SIZE.projects }]);
  });
});

import { setTimeout as sleep } from 'node:timers/promises';

import { expect, test } from 'vitest';

import { sql } from '../../../functions/engine/sql/sql.ts';
import { violations } from '../../support/invariants.ts';
import { administrate } from '../../support/postgres.ts';
import { type Bench, openBench } from '../../support/run.ts';
import { truthDifferences } from '../../support/truthDifferences.ts';

const REQUEST = { resources: ['jobs', 'branches'] };

/** Ends a backend of the loader that is in a transaction, again and again, until it is stopped. */
async function endBackends(bench: Bench, signal: AbortSignal): Promise<number> {
  let ended = 0;
  await administrate(bench.databaseUrl, async (admin) => {
    while (!signal.aborted) {
      const { rows } = await admin.query<{ done: boolean }>(
        sql`select pg_terminate_backend(pid) as done from pg_stat_activity
            where datname = current_database() and application_name like 'gitlab-alloydb/%'
              and xact_start is not null limit 1`,
      );
      ended += rows.length;
      await sleep(40);
    }
  });
  return ended;
}

async function endConnections({ databaseUrl }: Bench): Promise<void> {
  await administrate(databaseUrl, (admin) =>
    admin.query(
      sql`select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and application_name like 'gitlab-alloydb/%'`,
    ),
  );
}

async function differences({ gitlab, database }: Bench): Promise<readonly unknown[]> {
  const { api_entities_job = [], api_entities_branch = [] } = gitlab.truth('admin');
  const truth = { api_entities_job, api_entities_branch };
  return [...(await truthDifferences(database, truth)), ...(await violations(database))];
}

// G2
test('runs whose database backends are ended again and again lose and repeat nothing', async () => {
  await using bench = await openBench({ projects: 4, jobs: 1_500, branches: 100 });
  const stop = new AbortController();
  const killing = endBackends(bench, stop.signal);
  const during = await bench.load({ request: REQUEST }).catch((error: unknown) => error);
  stop.abort();

  expect(await killing).toBeGreaterThan(0);
  const { report } = await bench.load({ request: REQUEST });

  expect(during).toBeDefined();
  expect(report.outcome).toBe('done');
  expect(await differences(bench)).toEqual([]);
});

// G5
test('a run whose connections are all ended a few times completes by itself', async () => {
  await using bench = await openBench({ projects: 4, jobs: 1_500, branches: 100 });
  const cuts: Promise<unknown>[] = [];
  const { report } = await bench.load({
    request: REQUEST,
    report: ({ event }) => {
      if (event === 'package-committed' && cuts.length < 3) cuts.push(endConnections(bench));
    },
  });
  await Promise.all(cuts);

  expect(cuts).toHaveLength(3);
  expect(report.problems).toEqual([]);
  expect(report.outcome).toBe('done');
  expect(await differences(bench)).toEqual([]);
});

// T10
test('a run that is stopped by its signal gives its partitions back where they stand', async () => {
  await using bench = await openBench({ projects: 4, jobs: 1_500, branches: 100 });
  const stopper = new AbortController();
  const stopped = await bench.load({
    request: REQUEST,
    signal: stopper.signal,
    report: ({ event }) => {
      if (event === 'package-committed') stopper.abort(new Error('stopped by a signal'));
    },
  });
  const held = await violations(bench.database);

  const { report } = await bench.load({ request: REQUEST });

  expect(stopped.report.outcome).toBe('suspended');
  expect(stopped.report.problems).toEqual([]);
  expect(held).toEqual([]);
  expect(report.outcome).toBe('done');
  expect(await differences(bench)).toEqual([]);
});

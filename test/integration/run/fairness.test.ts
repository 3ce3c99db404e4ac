import { expect, test } from 'vitest';

import { sql } from '../../../functions/engine/sql/sql.ts';
import { insertJob } from '../../support/gitlab/world/mutations.ts';
import { type Bench, openBench, stateTable } from '../../support/run.ts';
import { truthDifferences } from '../../support/truthDifferences.ts';

const JOBS = { resources: ['jobs'] };
const PROJECTS = 40;
/** Two at a time, four claimed ahead. */
const CONCURRENCY = 2;
const CLAIMED = 2 * CONCURRENCY;

async function claimedFirst({ database }: Bench): Promise<string> {
  const { rows } = await database.query<{ partition_key: string }>(
    sql`select partition_key from ${stateTable('partition')} where resource = 'jobs'
        order by complete_as_of nulls first, updated_at limit 1`,
  );
  return rows[0]?.partition_key ?? '';
}

// G4
test('a large partition that is claimed first keeps only its own place, not those of the small ones', async () => {
  await using bench = await openBench({ projects: PROJECTS, jobs: 400, latencyMilliseconds: 5 });
  await bench.load({ request: JOBS });
  const large = await claimedFirst(bench);
  for (let added = 0; added < 2_500; added += 1) insertJob(bench.gitlab.world, Number(large));

  const { events, report } = await bench.load({
    request: { ...JOBS, mode: 'full' },
    environment: { CONCURRENCY: CONCURRENCY.toString() },
  });

  const finished = events.flatMap((event) =>
    event.event === 'partition-finished' && event.resource === 'jobs' ? [event.partition] : [],
  );
  const { api_entities_job = [] } = bench.gitlab.truth('admin');
  expect(report.outcome).toBe('done');
  expect(finished).toHaveLength(PROJECTS);
  expect(finished.indexOf(large)).toBeGreaterThan(2 * CLAIMED);
  expect(await truthDifferences(bench.database, { api_entities_job })).toEqual([]);
});

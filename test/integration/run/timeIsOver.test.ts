import { expect, test } from 'vitest';

import { qualified } from '../../../functions/engine/sql/identifier.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import { DATASET, openBench } from '../../support/run.ts';

const JOBS = { resources: ['jobs'] };
const PROJECTS = 8;
const TABLE = qualified(DATASET, 'api_entities_job');

// G6
test('partitions whose rows are refused do not keep one another going when the time is over', async () => {
  await using bench = await openBench({ projects: PROJECTS, jobs: 1_200, latencyMilliseconds: 20 });
  await bench.load({ request: JOBS });
  await bench.database.query(sql`delete from ${TABLE}`);
  await bench.database.query(sql`alter table ${TABLE} add constraint none check (id < 0)`);
  let isOver = false;
  const run = (): void => {
    isOver = true;
  };
  bench.gitlab.faults.add({ match: { path: /\/jobs/ }, times: 1, respond: { run } });

  const { report, requests } = await bench.load({
    request: { ...JOBS, mode: 'full' },
    environment: { TIME_BUDGET_SECONDS: '30', CONCURRENCY: '3' },
    now: () => Date.now() + (isOver ? 60_000 : 0),
    signal: AbortSignal.timeout(10_000),
  });

  expect(report.outcome).toBe('suspended');
  expect(requests).toBeLessThan(4 * PROJECTS);
});

import { expect, test } from 'vitest';

import { qualified } from '../../../functions/engine/sql/identifier.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import { deletedIn, startChurn } from '../../support/churn.ts';
import { brokenOf, checksIn, violations } from '../../support/invariants.ts';
import { DATASET, openBench } from '../../support/run.ts';
import { deletedRows } from '../../support/sweepBench.ts';
import { truthDifferences } from '../../support/truthDifferences.ts';

const ORDER = {
  request: { resources: ['projects', 'jobs', 'branches'] },
  environment: { FULL_PASS_HOURS: '0' },
};
const [JOBS, BRANCHES] = [
  qualified(DATASET, 'api_entities_job'),
  qualified(DATASET, 'api_entities_branch'),
] as const;
const TABLES = ['api_entities_job', 'api_entities_branch'];
/** Requests that change the world; few enough for the brake to let the deletions pass. */
const CHURNING = 16;

// G4, G9
test('tables equal GitLab after two quiet sweeps, and no row that GitLab has was ever missing meanwhile', async () => {
  await using bench = await openBench({ projects: 2, jobs: 400, branches: 240 });
  const { world, faults } = bench.gitlab;
  await bench.load(ORDER);
  const known = new Set<string>();
  const lost: string[] = [];
  const broken: unknown[] = [];
  let isLoading = true;
  const read = async (): Promise<void> => {
    while (isLoading) {
      const { ids, results } = await bench.database.snapshot(undefined, async (session) => ({
        ids: (
          await session.query<{ id: string }>(
            sql`select 'job ' || id as id from ${JOBS} union all
              select 'branch ' || project_id || ' ' || name from ${BRANCHES}`,
          )
        ).rows.map(({ id }) => id),
        results: await checksIn(session),
      }));
      const stored = new Set(ids);
      // Asked after the snapshot: what is deleted now may have gone before it.
      lost.push(...[...known].filter((id) => !stored.has(id) && !deletedIn(world, id)));
      for (const id of ids) known.add(id);
      broken.push(...brokenOf(results));
    }
  };

  const churn = startChurn(world, 7);
  faults.add({
    match: { path: /\/(jobs|branches)\?/u },
    times: CHURNING,
    respond: { run: churn.strike },
  });
  const reading = read();
  const runs = [await bench.load(ORDER), await bench.load(ORDER)];
  faults.clear();
  runs.push(await bench.load(ORDER), await bench.load(ORDER));
  isLoading = false;
  await reading;

  expect(churn.strikes()).toBe(CHURNING);
  expect(runs.flatMap(({ report }) => report.problems)).toEqual([]);
  expect([lost, broken]).toEqual([[], []]);
  expect(runs.reduce((sum, run) => sum + deletedRows(run), 0)).toBeGreaterThan(CHURNING);
  const truth = bench.gitlab.truth('admin');
  const wanted = TABLES.map((name) => [name, truth[name] ?? []] as const);
  expect(await truthDifferences(bench.database, Object.fromEntries(wanted))).toEqual([]);
  expect(await violations(bench.database)).toEqual([]);
});

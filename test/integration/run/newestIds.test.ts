import { expect, test } from 'vitest';

import { sql } from '../../../functions/engine/sql/sql.ts';
import { deleteJob, insertJob } from '../../support/gitlab/world/mutations.ts';
import { violations } from '../../support/invariants.ts';
import { type Bench, openBench, stateTable } from '../../support/run.ts';
import { truthDifferences } from '../../support/truthDifferences.ts';

const JOBS = { resources: ['jobs'] };
const WORLD = { projects: 1, jobs: 40, branches: 2 };
/** Records that are no jobs, as the first of a list that begins with the newest. */
const STRANGERS = '{"name":"no id"},{"id":"abc"},{"id":12345678901234567890}';

async function cursor({ database }: Bench): Promise<string | undefined> {
  const { rows } = await database.query<{ cursor: string }>(
    sql`select cursor_value as cursor from ${stateTable('partition')} where resource = 'jobs'`,
  );
  return rows[0]?.cursor;
}

function onlyProject({ gitlab }: Bench) {
  const [project] = gitlab.world.projects.values();
  if (project === undefined) throw new Error('the world has no project');
  return project;
}

/** The answer to the next request for jobs, with strangers before the jobs. */
async function mixInStrangers({ gitlab }: Bench, projectId: number): Promise<void> {
  const url = `${gitlab.url}/api/v4/projects/${projectId.toString()}/jobs?per_page=100`;
  const answer = await fetch(url, { headers: { authorization: `Bearer ${gitlab.adminToken}` } });
  const body = `[${STRANGERS},${(await answer.text()).slice(1)}`;
  const respond = { status: 200, headers: { 'Content-Type': 'application/json' }, body };
  gitlab.faults.add({ match: { path: /\/jobs\?/ }, respond, times: 1 });
}

// G4
test('records without a usable id do not move the cursor past jobs that are still to come', async () => {
  await using bench = await openBench(WORLD);
  const { id } = onlyProject(bench);
  await bench.load({ request: JOBS });
  const newest = insertJob(bench.gitlab.world, id);
  await mixInStrangers(bench, id);
  await bench.load({ request: JOBS });
  const reached = await cursor(bench);
  const newer = [insertJob(bench.gitlab.world, id), insertJob(bench.gitlab.world, id)];

  const { report } = await bench.load({ request: JOBS });

  const { api_entities_job = [] } = bench.gitlab.truth('admin');
  expect(reached).toBe(newest.id.toString());
  expect(report.resources['jobs']).toMatchObject({ written: newer.length, quarantined: 0 });
  expect(await truthDifferences(bench.database, { api_entities_job })).toEqual([]);
  expect(await violations(bench.database)).toEqual([]);
});

// G3
test('a full run takes the cursor back where the newest jobs are gone; an ordinary one does not', async () => {
  await using bench = await openBench(WORLD);
  await bench.load({ request: JOBS });
  const highest = await cursor(bench);
  deleteJob(bench.gitlab.world, Number(highest));

  await bench.load({ request: JOBS });
  const kept = await cursor(bench);
  const { report } = await bench.load({ request: { ...JOBS, mode: 'full' } });

  expect(kept).toBe(highest);
  expect(report).toMatchObject({ outcome: 'done', problems: [] });
  expect(Number(await cursor(bench))).toBeLessThan(Number(highest));
  expect(await violations(bench.database)).toEqual([]);
});

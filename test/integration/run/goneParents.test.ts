import { expect, test } from 'vitest';

import { sql } from '../../../functions/engine/sql/sql.ts';
import { openGapLines } from '../../support/gaps.ts';
import { deleteRow, insertRow, rowsIn, touchRows } from '../../support/gitlab/shelves/mutations.ts';
import { violations } from '../../support/invariants.ts';
import { type Bench, openBench, stateTable } from '../../support/run.ts';
import { deletedRows, JSON_TYPE } from '../../support/sweepBench.ts';
import { truthDifferences } from '../../support/truthDifferences.ts';

const BELOW = ['notes', 'discussions', 'label_events', 'state_events', 'milestone_events'];
const RESOURCES = ['projects', 'issues', ...BELOW.map((name) => `issue_${name}`)];
const TABLES = ['issue', ...BELOW.map((name) => `issue_${name.slice(0, -1)}`)].map(
  (name) => `api_entities_${name}`,
);
const SMALL = { projects: 2, jobs: 1, branches: 1 };
const INCREMENTAL = { request: { resources: RESOURCES } };
const SWEEPING = { ...INCREMENTAL, environment: { FULL_PASS_HOURS: '0' } };

function differences(bench: Bench): Promise<readonly string[]> {
  const truth = Object.entries(bench.gitlab.truth('admin', { shelves: RESOURCES }));
  const wanted = truth.filter(([name]) => TABLES.includes(name));
  return truthDifferences(bench.database, Object.fromEntries(wanted));
}

/** A bench whose first project has more issues than the world began with, each with a note. */
async function openIssues() {
  const bench = await openBench(SMALL);
  const { world } = bench.gitlab;
  const [id = 0] = [...world.projects.keys()];
  for (let count = 0; count < 4; count += 1) insertRow(world, 'issues', id);
  const issues = rowsIn(world, 'issues', id);
  for (const issue of issues) insertRow(world, 'issue_notes', [id, issue.id]);
  await bench.load(INCREMENTAL);
  const ids = issues.map((issue) => issue.id);
  touchRows(world, 'issues', id, ids);
  return { bench, id, chosen: ids[2] ?? 0 };
}

// G4, G9
test('an issue that is deleted while what is below it is read costs the others nothing, and its notes go with it', async () => {
  const { bench: opened, id, chosen } = await openIssues();
  await using bench = opened;
  const { world, faults } = bench.gitlab;
  const path = /\/issues\/\d+\/(?:notes|discussions|resource_)/u;
  const remove = (): void => void deleteRow(world, { name: 'issues', where: id, id: chosen });
  faults.add({ match: { path }, times: 1, respond: { run: remove } });

  const disturbed = await bench.load(INCREMENTAL);
  const gaps = await openGapLines(bench);
  const quiet = await bench.load(INCREMENTAL);
  const swept = await bench.load(SWEEPING);
  const buried = await bench.database.query(
    sql`select distinct resource, reason from ${stateTable('tombstone')} where resource like 'issue_n%'`,
  );

  expect(disturbed.report.outcome).toBe('done');
  expect(disturbed.report.problems.map(({ code }) => code)).toContain('NOTICE');
  expect(new Set(disturbed.report.problems.map(({ code }) => code))).toEqual(new Set(['NOTICE']));
  expect(gaps).toEqual([]);
  expect(quiet.report.problems).toEqual([]);
  expect(deletedRows(swept)).toBeGreaterThan(1);
  expect(await differences(bench)).toEqual([]);
  expect(buried.rows).toEqual([
    { resource: 'issue_notes', reason: 'The row that it stood below was deleted.' },
  ]);
  expect(await violations(bench.database)).toEqual([]);
});

// G4
test('a project that is refused is a gap of what stands below its issues, and nothing goes', async () => {
  const { bench: opened, id } = await openIssues();
  await using bench = opened;
  const { faults } = bench.gitlab;
  const respond = { status: 404, headers: JSON_TYPE, body: '{"message":"404 Project Not Found"}' };
  let isHidden = false;
  faults.add(
    {
      match: ({ url }) => url.includes(`/projects/${id.toString()}/issues/`),
      times: 1,
      respond: { run: () => (isHidden = true) },
    },
    { match: ({ url }) => isHidden && url.includes(`/projects/${id.toString()}`), respond },
  );

  const run = await bench.load(INCREMENTAL);
  const gaps = await openGapLines(bench);
  faults.clear();
  await bench.load({ request: { resources: RESOURCES, mode: 'full' } });

  expect(run.report.outcome).toBe('done');
  expect(gaps).toContain('issue_notes gone 404 1');
  expect(await differences(bench)).toEqual([]);
});

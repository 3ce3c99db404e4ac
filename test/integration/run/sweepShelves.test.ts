import { expect, test } from 'vitest';

import { deleteRow, rowsIn, updateRow } from '../../support/gitlab/shelves/mutations.ts';
import { violations } from '../../support/invariants.ts';
import { openBench } from '../../support/run.ts';
import { deletedRows } from '../../support/sweepBench.ts';
import { truthDifferences } from '../../support/truthDifferences.ts';

const SHELVES = ['issues', 'merge_requests', 'pipelines', 'project_labels'] as const;
const TABLES = ['issue', 'merge_request', 'pipeline', 'label'].map(
  (name) => `api_entities_${name}`,
);
const ORDER = {
  request: { resources: ['projects', 'groups', 'group_labels', ...SHELVES] },
  environment: { FULL_PASS_HOURS: '0' },
};

// G9
test('rows that walk by their last change, and labels, go when GitLab has deleted them', async () => {
  await using bench = await openBench({ projects: 2, jobs: 20, branches: 4 });
  const { world } = bench.gitlab;
  await bench.load(ORDER);
  let gone = 0;
  for (const { id: where } of world.projects.values()) {
    for (const name of SHELVES) {
      const [first, last] = [rowsIn(world, name, where)[0], rowsIn(world, name, where).at(-1)];
      if (first === undefined || last === undefined || first === last) continue;
      updateRow(world, { name, where, id: first.id }, {});
      // The newest, from which the cursor was taken.
      deleteRow(world, { name, where, id: last.id });
      gone += 1;
    }
  }

  const run = await bench.load(ORDER);

  expect(gone).toBeGreaterThan(SHELVES.length);
  expect([run.report.problems, deletedRows(run)]).toEqual([[], gone]);
  const truth = bench.gitlab.truth('admin', { shelves: 'all' });
  const wanted = TABLES.map((name) => [name, truth[name] ?? []] as const);
  expect(await truthDifferences(bench.database, Object.fromEntries(wanted))).toEqual([]);
  expect(await violations(bench.database)).toEqual([]);
});

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { RunEvent } from '../../../functions/engine/model/events.ts';
import { type Sql, sql } from '../../../functions/engine/sql/sql.ts';
import { ask } from '../../support/gitlab/ask.ts';
import type { Project } from '../../support/gitlab/world/model.ts';
import {
  deleteBadge,
  deleteBranch,
  deleteJob,
  deleteProject,
  insertBranch,
} from '../../support/gitlab/world/mutations.ts';
import { violations } from '../../support/invariants.ts';
import { type Bench, openBench, type Order, stateTable } from '../../support/run.ts';
import { truthDifferences } from '../../support/truthDifferences.ts';

const RESOURCES = ['projects', 'groups', 'jobs', 'branches', 'group_badges', 'project_badges'];
const TABLES = ['project', 'job', 'branch', 'badge'].map((name) => `api_entities_${name}`);
/** Full passes with every run. */
const ALWAYS = { FULL_PASS_HOURS: '0' };

let bench: Bench;

beforeEach(async () => {
  bench = await openBench({ projects: 4, jobs: 120, branches: 40 });
  await load();
});

afterEach(async () => {
  expect(await violations(bench.database)).toEqual([]);
  await bench.close();
});

function load(order: Order = {}) {
  const { environment, request } = order;
  return bench.load({
    ...order,
    environment: { ...ALWAYS, ...environment },
    request: { resources: RESOURCES, ...request },
  });
}

/** The loaded tables beside what GitLab has. */
async function differences(tables = TABLES): Promise<readonly string[]> {
  const truth = bench.gitlab.truth('admin');
  return truthDifferences(
    bench.database,
    Object.fromEntries(tables.map((name) => [name, truth[name] ?? []])),
  );
}

function firstProject(): Project {
  const [project] = [...bench.gitlab.world.projects.values()].toSorted(
    (left, right) => right.branches.length - left.branches.length,
  );
  if (project === undefined) throw new Error('the world has no project');
  return project;
}

async function rowsOf(text: Sql): Promise<readonly object[]> {
  return (await bench.database.query(text)).rows;
}

const deleted = (events: readonly RunEvent[]): number =>
  events.reduce((sum, event) => sum + (event.event === 'rows-deleted' ? event.rows : 0), 0);

describe('a sweep', () => {
  test('deletes what GitLab has deleted, with child rows, tombstones and a load', async () => {
    const { id: projectId, jobs, branches } = firstProject();
    const [job, branch] = [jobs[3], branches.find(({ isDefault }) => !isDefault)];
    const badge = [...bench.gitlab.world.projects.values()].flatMap(({ badges }) => badges)[0];
    deleteJob(bench.gitlab.world, job?.id ?? 0);
    deleteBranch(bench.gitlab.world, projectId, branch?.name ?? '');
    deleteBadge(bench.gitlab.world, badge?.id ?? 0);

    const { report, events } = await load();

    expect(report.problems).toEqual([]);
    expect(await differences()).toEqual([]);
    expect(deleted(events)).toBe(3);
    expect(
      await rowsOf(sql`select resource, key ->> 'id' as id, kind from ${stateTable('tombstone')}
        where resource = 'jobs'`),
    ).toEqual([{ resource: 'jobs', id: String(job?.id), kind: 'sweep' }]);
    expect(
      await rowsOf(sql`select b.rows_deleted, l.rows_written from ${stateTable('batch')} b
        join ${stateTable('load')} l using (load_id) join gitlab_data._dlt_loads d using (load_id)
        where b.kind = 'sweep' and b.resource = 'jobs'`),
    ).toEqual([{ rows_deleted: 1, rows_written: 0 }]);
  });
});

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { identifier, qualified } from '../../../functions/engine/sql/identifier.ts';
import { joined, sql } from '../../../functions/engine/sql/sql.ts';
import type { Project } from '../../support/gitlab/world/model.ts';
import {
  finishJob,
  insertBranch,
  insertJob,
  insertProject,
  moveBranch,
  renameProject,
  updateBadge,
  updateProject,
} from '../../support/gitlab/world/mutations.ts';
import { violations } from '../../support/invariants.ts';
import { type Bench, DATASET, type Loaded, openBench } from '../../support/run.ts';
import { readStored } from '../../support/stored.ts';
import { truthDifferences } from '../../support/truthDifferences.ts';

const TABLES = ['project', 'job', 'branch', 'badge'].map((name) => `api_entities_${name}`);
const REQUEST = {
  resources: ['projects', 'groups', 'jobs', 'branches', 'group_badges', 'project_badges'],
};

let bench: Bench;
let before: ReadonlyMap<string, string>;
let first: Loaded;

beforeAll(async () => {
  bench = await openBench({ projects: 4, jobs: 80, branches: 20 });
  first = await bench.load({ request: REQUEST });
});

beforeEach(async () => {
  before = await loadIds();
});

afterEach(async () => {
  expect(await violations(bench.database)).toEqual([]);
  const truth = bench.gitlab.truth('admin');
  const compared = TABLES.map((name) => [name, truth[name] ?? []] as const);
  expect(await truthDifferences(bench.database, Object.fromEntries(compared))).toEqual([]);
});

afterAll(() => bench.close());

/** The load id of every row, by table and key. */
async function loadIds(): Promise<ReadonlyMap<string, string>> {
  const ids = new Map<string, string>();
  for (const name of TABLES) {
    const columns = name === 'api_entities_branch' ? ['project_id', 'name'] : ['id'];
    const owner = name === 'api_entities_badge' ? ['group_id', 'project_id'] : [];
    const key = joined([...owner, ...columns].map((column) => sql`${identifier(column)}::text`));
    const { rows } = await bench.database.query<{ key: string; load: string }>(
      sql`select concat_ws(' ', ${key}) as key, _dlt_load_id as load from ${qualified(DATASET, name)}`,
    );
    for (const row of rows) ids.set(`${name} ${row.key}`, row.load);
  }
  return ids;
}

/** The keys of rows whose load id is not what it was. */
async function rewritten(): Promise<readonly string[]> {
  const now = await loadIds();
  return [...now].flatMap(([key, load]) => (before.get(key) === load ? [] : [key])).toSorted();
}

function written({ report }: Loaded): number {
  return Object.values(report.resources).reduce((sum, resource) => sum + resource.written, 0);
}

function projectWith(kind: 'jobs' | 'branches'): Project {
  const found = [...bench.gitlab.world.projects.values()].find((one) => one[kind].length > 1);
  if (found === undefined) throw new Error(`no project has ${kind}`);
  return found;
}

describe('a second run', () => {
  test('writes nothing when GitLab has not changed', async () => {
    const second = await bench.load({ request: REQUEST });

    expect(second.report.outcome).toBe('done');
    expect(written(second)).toBe(0);
    expect(await rewritten()).toEqual([]);
    expect(second.requests).toBeLessThanOrEqual(first.requests);
  });

  test('leaves no load behind when nothing was written', async () => {
    const loads = (await readStored(bench.database, DATASET)).get('_dlt_loads')?.rows.length;

    await bench.load({ request: REQUEST });

    const after = (await readStored(bench.database, DATASET)).get('_dlt_loads')?.rows.length;
    expect(after).toBe(loads);
  });

  test('writes exactly the rows that changed', async () => {
    const { world } = bench.gitlab;
    const project = projectWith('branches');
    const branch = project.branches[0]?.name ?? '';
    const owner = [...world.projects.values()].find(({ badges }) => badges.length > 0);
    const badge = owner?.badges[0];
    const job = insertJob(world, project.id);
    insertBranch(world, project.id, 'feature/new');
    moveBranch(world, project.id, branch);
    updateBadge(world, badge?.id ?? 0, { name: 'renamed' });

    const second = await bench.load({ request: REQUEST });

    const touched = await rewritten();
    expect(touched.filter((key) => !key.includes('_project '))).toEqual(
      [
        `api_entities_badge ${String(owner?.id)} ${String(badge?.id)}`,
        `api_entities_branch ${String(project.id)} ${branch}`,
        `api_entities_branch ${String(project.id)} feature/new`,
        `api_entities_job ${String(job.id)}`,
      ].toSorted(),
    );
    expect(written(second)).toBe(touched.length);
  });

  test('reads a job again that had not finished', async () => {
    const { world } = bench.gitlab;
    const job = insertJob(world, projectWith('jobs').id, 'running');
    await bench.load({ request: REQUEST });
    before = await loadIds();
    finishJob(world, job.id, 'failed');

    await bench.load({ request: REQUEST });

    expect(await rewritten()).toEqual([`api_entities_job ${String(job.id)}`]);
  });

  test('writes every row that carries the path of a renamed project once', async () => {
    const { world } = bench.gitlab;
    const project = projectWith('jobs');
    renameProject(world, project.id, 'moved');

    await bench.load({ request: { ...REQUEST, mode: 'full' } });

    const touched = await rewritten();
    expect(touched).toContain(`api_entities_project ${String(project.id)}`);
    expect(touched.filter((key) => key.includes('_job '))).toHaveLength(project.jobs.length);
  });

  test('loads a project that is new, with what it contains', async () => {
    const { world } = bench.gitlab;
    const group = projectWith('jobs').groupId;
    const project = insertProject(world, group, 'brand-new');
    const job = insertJob(world, project.id);
    insertBranch(world, project.id, 'main');

    await bench.load({ request: REQUEST });

    expect(await rewritten()).toEqual(
      expect.arrayContaining([
        `api_entities_branch ${String(project.id)} main`,
        `api_entities_job ${String(job.id)}`,
        `api_entities_project ${String(project.id)}`,
      ]),
    );
  });

  test('removes the children of a job that has none any more', async () => {
    const { world } = bench.gitlab;
    const job = insertJob(world, projectWith('jobs').id, 'running');
    await bench.load({ request: REQUEST });
    before = await loadIds();
    finishJob(world, job.id, 'manual');

    await bench.load({ request: REQUEST });

    expect(await rewritten()).toEqual([`api_entities_job ${String(job.id)}`]);
  });

  test('replaces the children of a row that has fewer than before', async () => {
    const { world } = bench.gitlab;
    const project = projectWith('jobs');
    updateProject(world, project.id, { topics: ['one', 'two', 'three'] });
    await bench.load({ request: REQUEST });
    before = await loadIds();
    updateProject(world, project.id, { topics: ['three'] });

    await bench.load({ request: REQUEST });

    expect(await rewritten()).toEqual([`api_entities_project ${String(project.id)}`]);
    const topics = (await readStored(bench.database, DATASET)).get('api_entities_project__topics');
    const ofProject = topics?.rows.filter(({ value }) => value === 'one');
    expect(ofProject).toEqual([]);
  });
});

test('a second run does not read the pages of finished jobs again', async () => {
  await using many = await openBench({ projects: 2, jobs: 1_000, branches: 4 });
  const request = { resources: ['jobs'] };
  const { requests } = await many.load({ request });

  const again = await many.load({ request });

  expect(again.report.resources['jobs']?.written).toBe(0);
  expect(again.requests).toBeLessThan(requests / 2);
});

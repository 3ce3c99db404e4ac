import { afterAll, beforeAll, expect, test } from 'vitest';

import { sql } from '../../../functions/engine/sql/sql.ts';
import { jobs as family } from '../../../functions/jobs/resources.ts';
import { at } from '../../support/gitlab/random.ts';
import type { Project } from '../../support/gitlab/world/model.ts';
import { insertJob, insertProject } from '../../support/gitlab/world/mutations.ts';
import { touch } from '../../support/gitlab/world/touch.ts';
import { type Bench, openBench, type Order, stateTable } from '../../support/run.ts';

const REQUEST = {
  resources: ['projects', 'changed_projects', 'active_projects', 'groups', 'branches', 'jobs'],
};
const QUIET = { QUIET_HOURS: '24' };
const ORDER = { request: REQUEST, environment: QUIET };
const MINUTE = 60_000;
const UNDER_WAY = Object.values(family.resources.jobs.dueWhile ?? {}).flat();

const PER_PROJECT = /\/projects\/(\d+)\/(?:jobs|repository\/branches)\?/;

let bench: Bench;

beforeAll(async () => {
  bench = await openBench({ projects: 12, jobs: 40, branches: 24 });
  await bench.load(ORDER);
});
afterAll(() => bench.close());

/** Projects whose lists a run has asked for. */
async function projectsRead(order: Order = ORDER): Promise<readonly number[]> {
  bench.gitlab.requests.clear();
  await bench.load(order);
  const ids = bench.gitlab.requests.entries.flatMap(({ url }) => PER_PROJECT.exec(url)?.[1] ?? []);
  return [...new Set(ids.map(Number))].toSorted((one, other) => one - other);
}

/** A project none of whose jobs is under way. */
function someProject(index: number): Project {
  return at(quietProjects(), index);
}

function quietProjects(): readonly Project[] {
  const projects = [...bench.gitlab.world.projects.values()];
  return projects.filter(({ jobs }) => jobs.every(({ status }) => !UNDER_WAY.includes(status)));
}

async function quietProjectsRead(order?: Order): Promise<readonly number[]> {
  const quiet = new Set(quietProjects().map(({ id }) => id));
  return (await projectsRead(order)).filter((id) => quiet.has(id));
}

/** As GitLab notes that somebody worked in a project; the clock of the tests' database goes on, the world's stands. */
function change(project: Project, changes: Partial<Project>): void {
  touch(bench.gitlab.world);
  bench.gitlab.world.projects.set(project.id, { ...project, ...changes });
}

test('an idle run reads no list of a quiet project, and few others', async () => {
  expect(await quietProjectsRead()).toEqual([]);
  expect(bench.gitlab.requests.total).toBeLessThan(15);
});

test('a project that was active is read, and no other', async () => {
  const [changed, active] = [someProject(1), someProject(4)];
  change(changed, { updatedAt: Date.now() });
  change(active, { lastActivityAt: Date.now() });

  expect(await quietProjectsRead()).toEqual([changed.id, active.id]);
});

test('GitLab notes activity once an hour: a project counts as active for so long', async () => {
  const project = someProject(2);
  change(project, { lastActivityAt: Date.now() - 50 * MINUTE });

  expect(
    await projectsRead({ ...ORDER, environment: { ...QUIET, OVERLAP_MINUTES: '60' } }),
  ).toContain(project.id);
});

test('a new project is found and read by itself', async () => {
  const [group = 0] = bench.gitlab.world.groups.keys();
  const made = insertProject(bench.gitlab.world, group, 'new-and-shiny');
  change(made, { updatedAt: Date.now(), lastActivityAt: Date.now() });

  expect(await projectsRead()).toContain(made.id);
});

test('jobs that run are followed although nobody does anything else in their project', async () => {
  const { id } = someProject(6);
  insertJob(bench.gitlab.world, id, 'running');
  await bench.load({ request: { ...REQUEST, partition: id.toString() } });

  expect(await projectsRead()).toContain(id);
});

test('quiet projects are read when QUIET_HOURS have passed', async () => {
  const quiet = someProject(8);
  await bench.database.query(
    sql`update ${stateTable('partition')} set complete_as_of = complete_as_of - interval '25 hours'
        where partition_key = $1::text`,
    [quiet.id],
  );

  expect(await projectsRead()).toContain(quiet.id);
});

test.each([
  ['--full', { request: { ...REQUEST, mode: 'full' }, environment: QUIET }],
  ['QUIET_HOURS=0', { request: REQUEST, environment: { QUIET_HOURS: '0' } }],
] as const)('%s reads every project', async (_, order) => {
  expect((await projectsRead(order)).length).toBe(bench.gitlab.world.projects.size);
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import {
  eventsOf,
  machineNode,
  reportOf,
  rowsWritten,
  runCli,
  sharedBundle,
  source,
} from '../../support/cli.ts';
import { type SimulatedGitlab, startGitlab } from '../../support/gitlab/server.ts';
import { createDatabase } from '../../support/postgres.ts';
import { CORE_RESOURCES, CORE_TABLES } from '../../support/seedResources.ts';
import { countRows, differences, inconsistencies, ON_DEMAND_TABLE, valuesOf } from './dataset.ts';

const bundle = sharedBundle();
let gitlab: SimulatedGitlab;

beforeAll(async () => {
  gitlab = await startGitlab({ projects: 5, jobs: 80, branches: 20, users: 12, alerts: 6 });
});

afterAll(async () => {
  await gitlab.close();
});

function settings(url: string, more: Readonly<Record<string, string>> = {}) {
  return {
    GITLAB_BASE_URL: gitlab.url,
    GITLAB_TOKEN: gitlab.adminToken,
    DATABASE_URL: url,
    ...more,
  };
}

const own = machineNode();
const CORE = { RESOURCES: CORE_RESOURCES };

describe('run --all', () => {
  test.each([
    { name: 'the source', entrance: source, resources: CORE },
    { name: 'the bundle', entrance: bundle, resources: {} },
    ...(own === undefined
      ? []
      : [
          {
            name: "the bundle with the machine's Node",
            entrance: { ...bundle, node: own },
            resources: CORE,
          },
        ]),
  ])(
    '$name loads every row, tells it in JSON lines, and has nothing to do again',
    async ({ entrance, resources }) => {
      await using database = await createDatabase();
      const only = 'RESOURCES' in resources ? CORE_TABLES : undefined;

      const first = await runCli(entrance, ['run', '--all'], settings(database.url, resources));
      const second = await runCli(entrance, ['run', '--all'], settings(database.url, resources));

      expect(first).toMatchObject({ exitCode: 0, stderr: '' });
      expect(eventsOf(first).filter(({ event }) => event === 'run-report')).toHaveLength(1);
      expect(reportOf(first).outcome).toBe('done');
      expect(await differences(database.url, gitlab, 'admin', only)).toEqual([]);
      expect(await inconsistencies(database.url)).toEqual([]);
      expect(second).toMatchObject({ exitCode: 0, stderr: '' });
      expect(rowsWritten(reportOf(second))).toBe(0);
      expect(reportOf(second).requests).toBeLessThan(reportOf(first).requests);
    },
  );

  test("loads what a member may see, and says what only an administrator's token reads", async () => {
    await using database = await createDatabase();

    const result = await runCli(
      bundle,
      ['run', '--all'],
      settings(database.url, { GITLAB_TOKEN: gitlab.memberToken }),
    );

    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(reportOf(result).problems.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/is not an administrator's; not asked for: .*applications/),
    );
    expect(await differences(database.url, gitlab, 'member')).toEqual([
      expect.objectContaining({ table: 'api_entities_user', rows: 0 }),
    ]);
  });
});

describe('GITLAB_SCOPE', () => {
  test('narrows groups, projects and all that belongs to them', async () => {
    await using database = await createDatabase();
    const paths = ['acme/web', 'acme/web/design-system'];
    const groups = [...gitlab.world.groups.values()].filter(({ fullPath }) =>
      paths.includes(fullPath),
    );
    const projects = [...gitlab.world.projects.values()].filter(({ groupId }) =>
      groups.some(({ id }) => id === groupId),
    );
    const scope = { GITLAB_SCOPE: 'acme/web,acme/web/**' };

    const result = await runCli(
      bundle,
      ['run', '--all'],
      settings(database.url, { ...CORE, ...scope }),
    );

    const ids = projects.map(({ id }) => id.toString()).toSorted();
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await valuesOf(database.url, 'api_entities_group', 'full_path')).toEqual(paths);
    expect(await valuesOf(database.url, 'api_entities_project', 'id')).toEqual(ids);
    expect(await countRows(database.url, 'api_entities_job')).toBe(
      projects.reduce((sum, { jobs }) => sum + jobs.length, 0),
    );
    expect(await countRows(database.url, 'api_entities_branch')).toBe(
      projects.reduce((sum, { branches }) => sum + branches.length, 0),
    );
  });
});

describe('a run of a part', () => {
  test('--family loads its parents first when they were never loaded, and nothing else', async () => {
    await using database = await createDatabase();

    const result = await runCli(bundle, ['run', '--family', 'jobs'], settings(database.url));

    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(Object.keys(reportOf(result).resources).toSorted()).toEqual(['jobs', 'projects']);
    expect(await countRows(database.url, 'api_entities_job')).toBe(gitlab.world.jobs.size);
  });

  test('--resource loads what is only loaded on demand', async () => {
    await using database = await createDatabase();
    await runCli(bundle, ['run', '--family', 'badges'], settings(database.url));
    const named = ['--resource', 'project_badge_renders', '--resource', 'group_badge_renders'];

    const result = await runCli(bundle, ['run', '--all', ...named], settings(database.url));

    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(Object.keys(reportOf(result).resources).toSorted()).toEqual([
      'group_badge_renders',
      'project_badge_renders',
    ]);
    expect(await countRows(database.url, ON_DEMAND_TABLE)).toBe(
      gitlab.truth('admin')[ON_DEMAND_TABLE]?.length,
    );
  });

  test('--partition loads one project, --full reads it again without writing what is equal', async () => {
    await using database = await createDatabase();
    const [project] = gitlab.world.projects.values();
    const key = project?.id.toString() ?? '';
    const jobs = ['run', '--resource', 'jobs'];
    await runCli(bundle, ['run', '--family', 'projects'], settings(database.url));

    const one = await runCli(bundle, [...jobs, '--partition', key], settings(database.url));
    const again = await runCli(bundle, jobs, settings(database.url));
    const full = await runCli(
      bundle,
      [...jobs, '--partition', key, '--full'],
      settings(database.url),
    );

    expect(await valuesOf(database.url, 'api_entities_job', 'project_id')).toContain(key);
    expect(reportOf(one).resources['jobs']).toMatchObject({
      partitions: 1,
      written: project?.jobs.length,
    });
    expect(reportOf(again).resources['jobs']?.written).toBe(
      gitlab.world.jobs.size - (project?.jobs.length ?? 0),
    );
    expect(reportOf(full).resources['jobs']).toMatchObject({
      partitions: 1,
      read: project?.jobs.length,
      written: 0,
    });
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { eventsOf, reportOf, runCli, sharedBundle } from '../../support/cli.ts';
import { type SimulatedGitlab, startGitlab } from '../../support/gitlab/server.ts';
import { updateInstance } from '../../support/gitlab/world/rights.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';

const bundle = sharedBundle();
let gitlab: SimulatedGitlab;
let database: TestDatabase;

beforeAll(async () => {
  gitlab = await startGitlab({ projects: 3, jobs: 30, branches: 10, users: 5, alerts: 2 });
  database = await createDatabase();
});

afterAll(async () => {
  await gitlab.close();
  await database.drop();
});

function settings(more: Readonly<Record<string, string>> = {}) {
  return {
    GITLAB_BASE_URL: gitlab.url,
    GITLAB_TOKEN: gitlab.adminToken,
    DATABASE_URL: database.url,
    ...more,
  };
}

describe('status', () => {
  test('is empty before the first run and needs the database alone', async () => {
    const json = await runCli(bundle, ['status', '--json'], { DATABASE_URL: database.url });
    const pretty = { DATABASE_URL: database.url, LOG_FORMAT: 'pretty' };
    const text = await runCli(bundle, ['status'], pretty);

    expect(json).toMatchObject({ exitCode: 0, stderr: '' });
    expect(eventsOf(json)).toEqual([
      {
        event: 'status',
        dataset: 'gitlab_data',
        runs: [],
        resources: [],
        halted: [],
        failing: [],
        haltedSweeps: [],
        sweeps: [],
        gaps: [],
        completeness: [],
        violations: [],
        quarantine: [],
        events: [],
      },
    ]);
    expect(text.stdout).toBe("Nothing has been loaded into 'gitlab_data' yet.\n");
  });

  test('tells runs and resources, as JSON and as a table', async () => {
    const run = reportOf(await runCli(bundle, ['run', '--all'], settings()));

    const json = await runCli(bundle, ['status', '--json'], settings());
    const text = await runCli(bundle, ['status'], settings({ LOG_FORMAT: 'pretty' }));

    expect(eventsOf(json)).toMatchObject([
      {
        event: 'status',
        runs: [{ runId: run.runId, trigger: 'manual', outcome: 'done' }],
        resources: expect.arrayContaining([
          expect.objectContaining({ resource: 'jobs', partitions: 3, complete: 3, held: 0 }),
        ]) as unknown,
      },
    ]);
    expect(text).toMatchObject({ exitCode: 0, stderr: '' });
    expect(text.stdout).toContain(` ${run.runId.slice(0, 8)} `);
    expect(text.stdout).toMatch(/jobs +│ +3\/3/);
  });

  test('tells what a contract left out', async () => {
    const { appearance } = gitlab.world.instance;
    updateInstance(gitlab.world, { appearance: { ...appearance, motto: 'new' } });
    const contract = settings({ SCHEMA_CONTRACT: 'columns=discard_value' });
    await runCli(bundle, ['run', '--resource', 'appearance'], contract);

    const json = await runCli(bundle, ['status', '--json'], settings());
    const text = await runCli(bundle, ['status'], settings({ LOG_FORMAT: 'pretty' }));

    const place = { resource: 'appearance', table: 'api_entities_appearance', column: 'motto' };
    const rule = { entity: 'columns', mode: 'discard_value', count: 1 };
    expect(eventsOf(json)).toMatchObject([{ violations: [{ ...place, ...rule }] }]);
    expect(text.stdout).toMatch(
      /appearance │ api_entities_appearance\.motto │ columns=discard_value │ +1 │ \d+\.\d+ │/,
    );
  });

  test('a run that could not begin is not told as one that is still working', async () => {
    await runCli(bundle, ['run', '--family', 'jobz'], settings());

    const status = await runCli(bundle, ['status', '--json'], settings());

    const [{ runs }] = eventsOf(status) as unknown as readonly [
      { readonly runs: readonly { readonly ended: string | null }[] },
    ];
    expect(runs.filter(({ ended }) => ended === null)).toEqual([]);
  });
});

describe('catalog', () => {
  test('lists every resource without any setting', async () => {
    const json = await runCli(bundle, ['catalog', '--json'], {});
    const text = await runCli(bundle, ['catalog'], {});

    const resources = JSON.parse(json.stdout) as readonly Readonly<Record<string, unknown>>[];
    expect(json).toMatchObject({ exitCode: 0, stderr: '' });
    expect(resources).toContainEqual(
      expect.objectContaining({ id: 'jobs', table: 'api_entities_job', primaryKey: ['id'] }),
    );
    expect(text.stdout.split('\n').filter((line) => line.includes(' jobs '))).toHaveLength(2);
  });
});

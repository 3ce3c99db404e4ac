import { dirname, join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { sql } from '../../../functions/engine/sql/sql.ts';
import { eventsOf, reportOf, type RunningCli, sharedBundle, startCli } from '../../support/cli.ts';
import { type SimulatedGitlab, startGitlab } from '../../support/gitlab/server.ts';
import { startMetadataServer } from '../../support/google/metadata.ts';
import { startStandInApi } from '../../support/google/standInApi.ts';
import { administrate, createDatabase, type TestDatabase } from '../../support/postgres.ts';
import { differences, heldPartitions } from '../cli/dataset.ts';

const job = { program: join(dirname(sharedBundle().program), 'job.cjs') };
/** Seconds, and many more where other tests keep the machine busy. */
const PATIENCE = { timeout: 150_000 };
let gitlab: SimulatedGitlab;

beforeAll(async () => {
  // Two dozen pages of jobs, one after the other: long enough to be stopped halfway.
  gitlab = await startGitlab({ projects: 2, jobs: 2_400, branches: 8, latencyMilliseconds: 250 });
});

afterAll(() => gitlab.close());

function startTask(
  { url }: TestDatabase,
  argv: readonly string[],
  more: Readonly<Record<string, string>> = {},
): RunningCli {
  return startCli(job, argv, {
    GITLAB_BASE_URL: gitlab.url,
    GITLAB_TOKEN: gitlab.adminToken,
    DATABASE_URL: url,
    ...more,
  });
}

async function jobsMissing({ url }: TestDatabase): Promise<readonly object[]> {
  const found = await differences(url, gitlab);
  return found.filter((table) => 'table' in table && table.table === 'api_entities_job');
}

describe('a task of a job', () => {
  test(
    'shares the load with the others and ends with 0 when nothing is left',
    PATIENCE,
    async () => {
      await using database = await createDatabase();

      const tasks = ['0', '1'].map((index) =>
        startTask(database, ['jobs'], { CLOUD_RUN_TASK_INDEX: index, CLOUD_RUN_TASK_COUNT: '2' }),
      );
      const results = await Promise.all(tasks.map(({ ended }) => ended));

      const written = results.map((result) => reportOf(result).resources['jobs']?.written ?? 0);
      expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
      expect(results.map(({ stderr }) => stderr)).toEqual(['', '']);
      expect(written.reduce((sum, rows) => sum + rows, 0)).toBe(gitlab.world.jobs.size);
      expect(await jobsMissing(database)).toEqual([]);
    },
  );

  test(
    'whose time is over ends with 75, and repeating it finishes the load',
    PATIENCE,
    async () => {
      await using database = await createDatabase();
      const codes: (number | null)[] = [];

      while (codes.length < 20 && codes.at(-1) !== 0) {
        const { ended } = startTask(database, [], { FAMILIES: 'jobs', TIME_BUDGET_SECONDS: '3' });
        codes.push((await ended).exitCode);
      }

      expect(codes.length).toBeGreaterThan(1);
      expect(codes).toEqual([...codes.slice(1).map(() => 75), 0]);
      expect(await jobsMissing(database)).toEqual([]);
    },
  );

  test('asks another execution to go on, and then ends with 0', PATIENCE, async () => {
    await using database = await createDatabase();
    await using metadata = await startMetadataServer();
    await using api = await startStandInApi();
    const name = 'projects/acme/locations/r/jobs/backfill';

    const { exitCode } = await startTask(database, ['jobs'], {
      TIME_BUDGET_SECONDS: '3',
      CONTINUATION: name,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN: api.url,
      ...metadata.environment,
    }).ended;

    expect(exitCode).toBe(0);
    expect(api.calls.map(({ path }) => path)).toEqual([`/v2/${name}:run`]);
  });

  test('with settings that are wrong says so in one line and ends with 78', async () => {
    await using database = await createDatabase();

    const result = await startTask(database, ['jobs'], { CONCURRENCY: 'many' }).ended;

    expect(result.exitCode).toBe(78);
    expect(eventsOf(result)).toMatchObject([{ event: 'problem', code: 'E_CONFIG' }]);
  });
});

/** Connections of loaders to the database. */
function connections({ url }: TestDatabase): Promise<number> {
  return administrate(url, async (admin) => {
    const { rows } = await admin.query<{ count: number }>(
      sql`select count(*)::int as count from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid()`,
    );
    return rows[0]?.count ?? 0;
  });
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('a task that the platform moves', () => {
  test(
    'drops its connections before the move, makes new ones after it, and loses nothing',
    PATIENCE,
    async () => {
      await using database = await createDatabase();
      const { child, ended, line } = startTask(database, ['jobs']);
      await line('"package-committed","resource":"jobs"');

      child.kill('SIGTSTP');
      await until(async () => (await connections(database)) === 0);
      const held = await heldPartitions(database.url);
      child.kill('SIGCONT');
      const result = await ended;

      expect(held).not.toEqual([]);
      expect(result).toMatchObject({ exitCode: 0, stderr: '' });
      expect(eventsOf(result).filter(({ event }) => event === 'problem')).toEqual([]);
      expect(await jobsMissing(database)).toEqual([]);
    },
  );

  test('and is stopped before it has arrived gives its partitions back', PATIENCE, async () => {
    await using database = await createDatabase();
    const { child, ended, line } = startTask(database, ['jobs']);
    await line('"package-committed","resource":"jobs"');

    child.kill('SIGTSTP');
    await until(async () => (await connections(database)) === 0);
    child.kill('SIGTERM');

    expect((await ended).exitCode).toBe(75);
    expect(await heldPartitions(database.url)).toEqual([]);
  });
});

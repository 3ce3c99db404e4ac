import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { sql } from '../../../functions/engine/sql/sql.ts';
import { reportOf, runCli, sharedBundle, startCli } from '../../support/cli.ts';
import { type SimulatedGitlab, startGitlab } from '../../support/gitlab/server.ts';
import { violations } from '../../support/invariants.ts';
import { administrate, createDatabase, type TestDatabase } from '../../support/postgres.ts';
import { truthDifferences } from '../../support/truthDifferences.ts';

const LEASE_SECONDS = 5;
/** What the second process may take besides the lease: its own start and the work that is left. */
const PATIENCE_SECONDS = 15;
const PAGES = /\/jobs\?/;
const bundle = sharedBundle();
let gitlab: SimulatedGitlab;

beforeAll(async () => {
  gitlab = await startGitlab({ projects: 6, jobs: 1_500, latencyMilliseconds: 40 });
});

afterAll(async () => {
  await gitlab.close();
});

function settings({ url }: TestDatabase): Readonly<Record<string, string>> {
  return {
    ...{ GITLAB_BASE_URL: gitlab.url, GITLAB_TOKEN: gitlab.adminToken, DATABASE_URL: url },
    LEASE_SECONDS: LEASE_SECONDS.toString(),
  };
}

async function openLoaded(): Promise<TestDatabase> {
  const database = await createDatabase();
  await runCli(bundle, ['run', '--family', 'projects'], settings(database));
  return database;
}

function differences({ url }: TestDatabase): Promise<readonly unknown[]> {
  const { api_entities_job = [] } = gitlab.truth('admin');
  return administrate(url, async (database) => [
    ...(await truthDifferences(database, { api_entities_job })),
    ...(await violations(database)),
  ]);
}

/** The packages that a run has committed. */
function packagesOf({ url }: TestDatabase, runId: string): Promise<number> {
  return administrate(url, async (database) => {
    const { rows } = await database.query<{ packages: number }>(
      sql`select count(*)::int as packages from gitlab_data_state.batch where run_id = $1::uuid`,
      [runId],
    );
    return rows[0]?.packages ?? 0;
  });
}

// I13
test('eight processes at once ask for each page once, and those that find nothing to do leave', async () => {
  await using alone = await openLoaded();
  gitlab.requests.clear();
  await runCli(bundle, ['run', '--family', 'jobs'], settings(alone));
  const pages = gitlab.requests.count(PAGES);
  await using shared = await openLoaded();
  gitlab.requests.clear();

  const results = await Promise.all(
    Array.from({ length: 8 }, () => runCli(bundle, ['run', '--family', 'jobs'], settings(shared))),
  );

  const codes = results.map(({ exitCode }) => exitCode);
  expect(codes.filter((code) => code !== 0 && code !== 75)).toEqual([]);
  expect(codes).toContain(0);
  expect(gitlab.requests.count(PAGES)).toBeLessThanOrEqual(pages * 1.25);
  expect(await differences(shared)).toEqual([]);
});

// G2 T5
test('a frozen process is taken over when its lease has run out, and writes nothing when it wakes up', async () => {
  await using database = await openLoaded();
  gitlab.requests.clear();
  const frozen = startCli(bundle, ['run', '--family', 'jobs'], settings(database));
  const started = await frozen.line('"run-started"');
  while (gitlab.requests.count(PAGES) < 3) await sleep(5);
  frozen.child.kill('SIGSTOP');
  const { runId } = JSON.parse(started) as { readonly runId: string };

  const second = await runCli(bundle, ['run', '--family', 'jobs', '--all'], settings(database));
  frozen.child.kill('SIGCONT');
  const woken = await frozen.ended;

  expect(second).toMatchObject({ exitCode: 0, stderr: '' });
  expect(second.seconds).toBeLessThan(LEASE_SECONDS + PATIENCE_SECONDS);
  expect(await packagesOf(database, reportOf(second).runId)).toBeGreaterThan(0);
  expect(woken.exitCode).toBe(0);
  expect(await packagesOf(database, runId)).toBe(0);
  expect(await differences(database)).toEqual([]);
});

import { afterAll, beforeAll, expect, test } from 'vitest';

import { openPool } from '../../../functions/engine/sql/pool.ts';
import { eventsOf, runCli, sharedBundle } from '../../support/cli.ts';
import { disguiseAsDlt } from '../../support/dltDataset.ts';
import { type SimulatedGitlab, startGitlab } from '../../support/gitlab/server.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';

const bundle = sharedBundle();
const COMMAND = ['takeover', '--dedupe'];
let gitlab: SimulatedGitlab;
let database: TestDatabase;

function settings(more: Readonly<Record<string, string>> = {}) {
  return {
    GITLAB_BASE_URL: gitlab.url,
    GITLAB_TOKEN: gitlab.adminToken,
    DATABASE_URL: database.url,
    ...more,
  };
}

beforeAll(async () => {
  gitlab = await startGitlab({ projects: 2, jobs: 10 });
  database = await createDatabase();
});

afterAll(async () => {
  await gitlab.close();
  await database.drop();
});

test('takeover finds nothing, then only rows of its own, then those of dlt', async () => {
  const nothing = await runCli(bundle, COMMAND, settings());
  expect(nothing).toMatchObject({ exitCode: 0, stderr: '' });
  expect(eventsOf(nothing)).toMatchObject([
    { event: 'takeover', dataset: 'gitlab_data', tables: [] },
  ]);
  const schemas = await runCli(bundle, ['status'], settings({ LOG_FORMAT: 'pretty' }));
  expect(schemas.stdout).toContain("Nothing has been loaded into 'gitlab_data' yet.");

  await runCli(bundle, ['run', '--resource', 'broadcast_messages'], settings());
  const own = await runCli(bundle, COMMAND, settings({ LOG_FORMAT: 'pretty' }));
  expect(own).toMatchObject({ exitCode: 0, stderr: '' });
  expect(own.stdout).toContain("Everything in dataset 'gitlab_data' was loaded by this loader");

  const pool = openPool({ url: database.url, applicationName: 'tests', max: 1 });
  await disguiseAsDlt(pool, 'gitlab_data', 'gitlab_source');
  await pool.close();
  const found = await runCli(bundle, COMMAND, settings({ LOG_FORMAT: 'pretty' }));
  expect(found).toMatchObject({ exitCode: 0, stderr: '' });
  expect(found.stdout).toContain("schema 'gitlab_source' of dlt");
  expect(found.stdout).toContain('api_entities_broadcast_message');
  expect(found.stdout).toContain('No key repeats.');
});

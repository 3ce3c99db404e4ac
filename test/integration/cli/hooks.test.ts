import { afterAll, beforeAll, expect, test } from 'vitest';

import { eventsOf, runCli, sharedBundle } from '../../support/cli.ts';
import { rowWebhook } from '../../support/gitlab/hooks/events.ts';
import { tellHooks } from '../../support/gitlab/hooks/tell.ts';
import { type SimulatedGitlab, startGitlab } from '../../support/gitlab/server.ts';
import { insertRow } from '../../support/gitlab/shelves/mutations.ts';
import { addScope } from '../../support/gitlab/world/rights.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';
import { type Receiving, startReceiving } from '../../support/webhooks/receiving.ts';
import { countRows } from './dataset.ts';

const bundle = sharedBundle();
let gitlab: SimulatedGitlab;
let database: TestDatabase;
let receiver: Receiving;

beforeAll(async () => {
  gitlab = await startGitlab({ projects: 3, jobs: 6, branches: 6, users: 4, alerts: 0 });
  addScope(gitlab.world, gitlab.adminToken, 'api');
  database = await createDatabase();
  receiver = await startReceiving();
});

afterAll(async () => {
  receiver.close();
  await gitlab.close();
  await database.drop();
});

function hooks(verbs: readonly string[], more: Readonly<Record<string, string>> = {}) {
  return runCli(bundle, ['hooks', ...verbs], {
    GITLAB_BASE_URL: gitlab.url,
    GITLAB_TOKEN: gitlab.adminToken,
    DATABASE_URL: database.url,
    RESOURCES: 'projects,issues',
    WEBHOOK_URL: receiver.url,
    WEBHOOK_TOKENS: 'token-canary',
    ...more,
  });
}

test('webhooks are registered, looked at and mended, and what they missed is read', async () => {
  const installed = await hooks(['install']);
  const [project] = gitlab.world.projects.keys();
  const where = project ?? 0;
  receiver.state.status = 503;
  const { id } = insertRow(gitlab.world, 'issues', where);
  await tellHooks(gitlab.world, rowWebhook(gitlab.world, { name: 'issues', where, id }));
  const status = await hooks(['status'], { LOG_FORMAT: 'pretty' });
  receiver.state.status = 202;
  const repaired = await hooks(['repair']);

  expect(installed).toMatchObject({ exitCode: 0, stderr: '' });
  expect(eventsOf(installed)).toMatchObject([
    { event: 'hooks-install', hooks: expect.arrayContaining([]) as unknown },
  ]);
  expect(status).toMatchObject({ exitCode: 1, stderr: '' });
  expect(status.stdout).toMatch(/executable .* 1 .*issues_events: 503/);
  expect(repaired).toMatchObject({ exitCode: 0, stderr: '' });
  expect(eventsOf(repaired)[0]).toMatchObject({ event: 'hooks-repair', behind: [where] });
  expect(await countRows(database.url, 'api_entities_issue')).toBeGreaterThan(0);
  for (const { stdout } of [installed, status, repaired]) expect(stdout).not.toContain('canary');
});

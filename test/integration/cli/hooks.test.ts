import { afterAll, beforeAll, expect, test } from 'vitest';

import { eventsOf, runCli, sharedBundle } from '../../support/cli.ts';
import { rowWebhook } from '../../support/gitlab/hooks/events.ts';
import { tellHooks } from '../../support/gitlab/hooks/tell.ts';
import { insertRow } from '../../support/gitlab/shelves/mutations.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';
import { type HookSite, openHookSite } from '../../support/webhooks/hookSite.ts';
import { countRows } from './dataset.ts';

const bundle = sharedBundle();
let site: HookSite;
let database: TestDatabase;

beforeAll(async () => {
  site = await openHookSite({ projects: 3, jobs: 6, branches: 6, users: 4, alerts: 0 });
  database = await createDatabase();
});

afterAll(async () => {
  await site.close();
  await database.drop();
});

function hooks(verbs: readonly string[], more: Readonly<Record<string, string>> = {}) {
  const given = { RESOURCES: 'projects,issues', WEBHOOK_TOKENS: 'token-canary', ...more };
  return runCli(bundle, ['hooks', ...verbs], site.environment(given));
}

test('webhooks are registered, looked at and mended, and what they missed is read', async () => {
  const { gitlab, receiver } = site;
  const installed = await hooks(['install']);
  const [project] = gitlab.world.projects.keys();
  const where = project ?? 0;
  receiver.state.status = 503;
  const { id } = insertRow(gitlab.world, 'issues', where);
  await tellHooks(gitlab.world, rowWebhook(gitlab.world, { name: 'issues', where, id }));
  const status = await hooks(['status'], { LOG_FORMAT: 'pretty' });
  receiver.state.status = 202;
  const repaired = await hooks(['repair'], { DATABASE_URL: database.url });

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

test('only a repair needs a database, and says so before it asks GitLab', async () => {
  const dry = await hooks(['repair', '--dry-run']);
  const before = site.gitlab.requests.total;
  const repaired = await hooks(['repair']);

  expect(dry).toMatchObject({ exitCode: 0, stderr: '' });
  expect(repaired.exitCode).toBe(78);
  expect(repaired.stderr).toContain('DATABASE_URL is not set');
  expect(site.gitlab.requests.total).toBe(before);
});

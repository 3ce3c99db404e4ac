import { expect, test } from 'vitest';

import { loadGitlabSettings } from '../../../functions/engine/config/loadSettings.ts';
import { readHookStatus } from '../../../functions/engine/run/hookStatus.ts';
import { installHooks } from '../../../functions/engine/run/installHooks.ts';
import { repairHooks } from '../../../functions/engine/run/repairHooks.ts';
import { rowWebhook } from '../../support/gitlab/hooks/events.ts';
import { tellHooks } from '../../support/gitlab/hooks/tell.ts';
import { insertRow } from '../../support/gitlab/shelves/mutations.ts';
import { ENTRANCE, siteOfEachTest } from '../../support/webhooks/hookSite.ts';

const site = siteOfEachTest();

async function install() {
  const environment = site().environment();
  await installHooks(loadGitlabSettings(environment), {
    ...ENTRANCE,
    environment,
    mode: 'install',
  });
}

async function repair(mode: 'repair' | 'dry' = 'repair') {
  return repairHooks(loadGitlabSettings(site().environment()), { ...ENTRANCE, mode });
}

async function status() {
  return readHookStatus(loadGitlabSettings(site().environment()), ENTRANCE);
}

/** Changes an issue of a project that a webhook tells of, and tells the hooks. */
async function changeIssue(projectId: number) {
  const { id } = insertRow(site().gitlab.world, 'issues', projectId);
  await tellHooks(
    site().gitlab.world,
    rowWebhook(site().gitlab.world, { name: 'issues', where: projectId, id }),
  );
}

function someProject(): number {
  const [project] = [...site().gitlab.world.projects.values()].filter(({ archived }) => !archived);
  return project?.id ?? 0;
}

test('a webhook that works is well and needs no repair', async () => {
  await install();
  await changeIssue(someProject());

  expect((await status()).every(({ failed }) => failed === 0)).toBe(true);
  expect(await repair()).toEqual({ hooks: [], behind: [] });
  expect(
    site()
      .writes()
      .filter(({ url }) => /resend|test/.test(url)),
  ).toEqual([]);
});

test('failed deliveries are shown, sent again, and their projects read', async () => {
  await install();
  site().receiver.state.status = 503;
  await changeIssue(someProject());
  await changeIssue(someProject());
  site().receiver.state.status = 202;

  const [shown] = (await status()).filter(({ failed }) => failed > 0);
  const repaired = await repair();

  expect(shown).toMatchObject({
    ...{ alertStatus: 'executable', failed: 2 },
    lastFailed: { trigger: 'issues_events', status: '503' },
  });
  expect(repaired).toMatchObject({
    hooks: [{ state: 'well', resent: 2, notResent: 0 }],
    behind: [someProject()],
  });
  expect(
    site()
      .receiver.got.slice(-2)
      .map(({ headers }) => headers['idempotency-key']),
  ).toEqual(
    site()
      .receiver.got.slice(0, 2)
      .map(({ headers }) => headers['idempotency-key']),
  );
  expect((await status()).every(({ failed }) => failed === 0)).toBe(true);
});

test('a disabled webhook is enabled, and all that it covers is read', async () => {
  await install();
  site().receiver.state.status = 500;
  for (let change = 0; change < 7; change += 1) await changeIssue(someProject());
  site().receiver.state.status = 202;
  const received = site().receiver.got.length;

  const [disabled] = (await status()).filter(({ failed }) => failed > 0);
  const dry = await repair('dry');
  const repaired = await repair();

  expect(disabled).toMatchObject({ alertStatus: 'temporarily_disabled', failed: 4 });
  expect(disabled?.disabledUntil).not.toBeNull();
  expect(received).toBe(4);
  expect(dry.hooks).toMatchObject([{ state: 'would enable', resent: 0 }]);
  expect(repaired.hooks).toMatchObject([{ state: 'enabled', resent: 4, notResent: 0 }]);
  expect(repaired.behind).toEqual(dry.behind);
  expect(repaired.behind).toContain(someProject());
});

test('no more are sent again than GitLab allows in a minute', async () => {
  await install();
  for (let change = 0; change < 9; change += 1) {
    // Every third arrives, so that the webhook stays enabled.
    site().receiver.state.status = change % 3 === 2 ? 202 : 503;
    await changeIssue(someProject());
  }
  site().receiver.state.status = 202;

  expect((await repair()).hooks).toMatchObject([{ state: 'well', resent: 5, notResent: 1 }]);
});

test('a webhook that still cannot be reached stays disabled and is told', async () => {
  await install();
  site().receiver.state.status = 500;
  for (let change = 0; change < 4; change += 1) await changeIssue(someProject());

  expect((await repair()).hooks).toMatchObject([{ state: 'disabled', resent: 0 }]);
});

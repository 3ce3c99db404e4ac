import { expect, test } from 'vitest';

import { loadGitlabSettings } from '../../../functions/engine/config/loadSettings.ts';
import { installHooks } from '../../../functions/engine/run/installHooks.ts';
import { proofOf } from '../../../functions/engine/trigger/webhookProof.ts';
import { jobWebhook } from '../../support/gitlab/hooks/events.ts';
import { tellHooks } from '../../support/gitlab/hooks/tell.ts';
import { insertJob } from '../../support/gitlab/world/mutations.ts';
import { projectPath } from '../../support/gitlab/world/ownership.ts';
import { addScope } from '../../support/gitlab/world/rights.ts';
import { ENTRANCE, siteOfEachTest } from '../../support/webhooks/hookSite.ts';

const site = siteOfEachTest();

async function install(
  more: Readonly<Record<string, string>> = {},
  mode: 'install' | 'dry' = 'install',
) {
  const environment = site().environment(more);
  return installHooks(loadGitlabSettings(environment), { ...ENTRANCE, environment, mode });
}

function outcomes(hooks: Awaited<ReturnType<typeof install>>) {
  return [...new Set(hooks.map(({ outcome }) => outcome))];
}

test('covers every project once, by groups where they may have webhooks', async () => {
  const hooks = await install();

  expect(outcomes(hooks)).toEqual(['created']);
  expect(hooks[0]?.place).toBe('the instance');
  const groups = hooks.flatMap(({ place }) => (place.startsWith('group ') ? [place.slice(6)] : []));
  const projects = hooks.flatMap(({ place }) =>
    place.startsWith('project ') ? [place.slice(8)] : [],
  );
  expect(groups.length).toBeGreaterThan(0);
  for (const project of site().gitlab.world.projects.values()) {
    if (project.archived) continue;
    const path = projectPath(site().gitlab.world, project);
    const own = projects.filter((one) => one === path);
    const above = groups.filter((group) => path.startsWith(`${group}/`));
    expect([path, ...own, ...above]).toHaveLength(2);
  }
});

test('done again updates and doubles nothing', async () => {
  const first = await install();
  const second = await install();

  expect(outcomes(second)).toEqual(['updated']);
  expect(second.map(({ place, id }) => [place, id])).toEqual(
    first.map(({ place, id }) => [place, id]),
  );
});

test('makes GitLab send with the newest token, signed', async () => {
  await install();
  const [project] = site().gitlab.world.projects.values();
  const job = insertJob(site().gitlab.world, project?.id ?? 0);

  await tellHooks(site().gitlab.world, jobWebhook(site().gitlab.world, job.id));

  expect(site().receiver.got).toHaveLength(1);
  const { headers = {}, body = '' } = site().receiver.got[0] ?? {};
  expect(headers['x-gitlab-token']).toBe('newest-token');
  const signingKeys = [Buffer.alloc(32, 7)];
  const proof = proofOf(headers, { tokens: [], signingKeys }, Date.now());
  if (proof.by !== 'signature') throw new Error('expected a signature');
  proof.update(Buffer.from(body));
  expect(proof.matches()).toBe(true);
  expect(JSON.parse(body)).toMatchObject({ object_kind: 'build', build_id: job.id });
});

test('a scope keeps it to what is admitted', async () => {
  const [project] = [...site().gitlab.world.projects.values()].filter(({ archived }) => !archived);
  if (project === undefined) throw new Error('the world has no project');
  const path = projectPath(site().gitlab.world, project);

  const hooks = await install({ GITLAB_SCOPE: path });

  expect(hooks).toHaveLength(1);
  expect([path, `${path}/`.startsWith(`${hooks[0]?.place.replace(/^\w+ /, '') ?? '-'}/`)]).toEqual([
    path,
    true,
  ]);
});

test('--dry-run says the same and writes nothing', async () => {
  const dry = await install({}, 'dry');

  expect(outcomes(dry)).toEqual(['would create']);
  expect(site().writes()).toEqual([]);
  expect((await install()).map(({ place }) => place)).toEqual(dry.map(({ place }) => place));
});

test('a token that may only read is told in one sentence before anything is written', async () => {
  const failing = install({ GITLAB_TOKEN: site().gitlab.memberToken });

  await expect(failing).rejects.toMatchObject({
    code: 'E_GITLAB_AUTH',
    message: expect.stringMatching(
      /^The token of '.*' may only read: .* scope 'api'.*\.$/,
    ) as unknown,
  });
  expect(site().writes()).toEqual([]);
});

test.each([
  { change: { WEBHOOK_URL: '' }, says: /^WEBHOOK_URL is not set/ },
  { change: { WEBHOOK_TOKENS: '', WEBHOOK_SIGNING_SECRETS: '' }, says: /WEBHOOK_TOKENS/ },
])('without $change nothing is asked', async ({ change, says }) => {
  await expect(install(change)).rejects.toThrow(says);
  expect(site().gitlab.requests.total).toBe(0);
});

test('a member registers where the role allows it and names the places that refuse', async () => {
  addScope(site().gitlab.world, site().gitlab.memberToken, 'api');

  const hooks = await install({ GITLAB_TOKEN: site().gitlab.memberToken });

  expect(hooks.map(({ place }) => place)).not.toContain('the instance');
  for (const { outcome, note } of hooks)
    if (outcome === 'refused') expect(note).toContain('maintainer');
});

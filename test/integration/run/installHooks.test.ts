import { afterEach, beforeEach, expect, test } from 'vitest';

import { loadSettings } from '../../../functions/engine/config/loadSettings.ts';
import { installHooks } from '../../../functions/engine/run/installHooks.ts';
import { proofOf } from '../../../functions/engine/trigger/webhookProof.ts';
import { jobWebhook } from '../../support/gitlab/hooks/events.ts';
import { tellHooks } from '../../support/gitlab/hooks/tell.ts';
import { type SimulatedGitlab, startGitlab } from '../../support/gitlab/server.ts';
import { insertJob } from '../../support/gitlab/world/mutations.ts';
import { projectPath } from '../../support/gitlab/world/ownership.ts';
import { addScope } from '../../support/gitlab/world/rights.ts';
import { type Receiving, startReceiving } from '../../support/webhooks/receiving.ts';

const SIGNING = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

let gitlab: SimulatedGitlab;
let receiver: Receiving;

beforeEach(async () => {
  gitlab = await startGitlab({ projects: 6, jobs: 12, branches: 12, users: 4, alerts: 0 });
  addScope(gitlab.world, gitlab.adminToken, 'api');
  receiver = await startReceiving();
});

afterEach(async () => {
  receiver.close();
  await gitlab.close();
});

function environmentWith(more: Readonly<Record<string, string>> = {}) {
  return {
    GITLAB_BASE_URL: gitlab.url,
    GITLAB_TOKEN: gitlab.adminToken,
    DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
    WEBHOOK_URL: receiver.url,
    WEBHOOK_TOKENS: 'newest-token,older-token',
    WEBHOOK_SIGNING_SECRETS: SIGNING,
    ...more,
  };
}

const entrance = { signal: new AbortController().signal, now: Date.now, random: () => 0 };

async function install(
  more: Readonly<Record<string, string>> = {},
  mode: 'install' | 'dry' = 'install',
) {
  const environment = environmentWith(more);
  return installHooks(await loadSettings(environment), { ...entrance, environment, mode });
}

function outcomes(hooks: Awaited<ReturnType<typeof install>>) {
  return [...new Set(hooks.map(({ outcome }) => outcome))];
}

const writes = () => gitlab.requests.entries.filter(({ method }) => method !== 'GET');

test('covers every project once, by groups where they may have webhooks', async () => {
  const hooks = await install();

  expect(outcomes(hooks)).toEqual(['created']);
  expect(hooks[0]?.place).toBe('the instance');
  const groups = hooks.flatMap(({ place }) => (place.startsWith('group ') ? [place.slice(6)] : []));
  const projects = hooks.flatMap(({ place }) =>
    place.startsWith('project ') ? [place.slice(8)] : [],
  );
  expect(groups.length).toBeGreaterThan(0);
  for (const project of gitlab.world.projects.values()) {
    if (project.archived) continue;
    const path = projectPath(gitlab.world, project);
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
  const [project] = gitlab.world.projects.values();
  const job = insertJob(gitlab.world, project?.id ?? 0);

  await tellHooks(gitlab.world, jobWebhook(gitlab.world, job.id));

  expect(receiver.got).toHaveLength(1);
  const { headers = {}, body = '' } = receiver.got[0] ?? {};
  expect(headers['x-gitlab-token']).toBe('newest-token');
  const signingKeys = [Buffer.alloc(32, 7)];
  const proof = proofOf(headers, { tokens: [], signingKeys }, Date.now());
  if (proof.by !== 'signature') throw new Error('expected a signature');
  proof.update(Buffer.from(body));
  expect(proof.matches()).toBe(true);
  expect(JSON.parse(body)).toMatchObject({ object_kind: 'build', build_id: job.id });
});

test('a scope keeps it to what is admitted', async () => {
  const [project] = [...gitlab.world.projects.values()].filter(({ archived }) => !archived);
  if (project === undefined) throw new Error('the world has no project');
  const path = projectPath(gitlab.world, project);

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
  expect(writes()).toEqual([]);
  expect((await install()).map(({ place }) => place)).toEqual(dry.map(({ place }) => place));
});

test('a token that may only read is told in one sentence before anything is written', async () => {
  const failing = install({ GITLAB_TOKEN: gitlab.memberToken });

  await expect(failing).rejects.toMatchObject({
    code: 'E_GITLAB_AUTH',
    message: expect.stringMatching(
      /^The token of '.*' may only read: .* scope 'api'.*\.$/,
    ) as unknown,
  });
  expect(writes()).toEqual([]);
});

test.each([
  { change: { WEBHOOK_URL: '' }, says: /^WEBHOOK_URL is not set/ },
  { change: { WEBHOOK_TOKENS: '', WEBHOOK_SIGNING_SECRETS: '' }, says: /WEBHOOK_TOKENS/ },
])('without $change nothing is asked', async ({ change, says }) => {
  await expect(install(change)).rejects.toThrow(says);
  expect(gitlab.requests.total).toBe(0);
});

test('a member registers where the role allows it and names the places that refuse', async () => {
  addScope(gitlab.world, gitlab.memberToken, 'api');

  const hooks = await install({ GITLAB_TOKEN: gitlab.memberToken });

  expect(hooks.map(({ place }) => place)).not.toContain('the instance');
  for (const { outcome, note } of hooks)
    if (outcome === 'refused') expect(note).toContain('maintainer');
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { eventsOf, type RunningCli, sharedBundle, startCli } from '../../support/cli.ts';
import { type SimulatedGitlab, startGitlab } from '../../support/gitlab/server.ts';
import { rowsIn } from '../../support/gitlab/shelves/mutations.ts';
import { insertBranch } from '../../support/gitlab/world/mutations.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';
import { issueEvent, pushEvent } from '../../support/webhookBench.ts';
import { startFakeTopic } from '../../support/webhooks/fakeTopic.ts';
import { valuesOf } from './dataset.ts';

const TOKEN = 'hook-token-canary';
const PROOF = { 'x-gitlab-token': TOKEN };

let gitlab: SimulatedGitlab;
let database: TestDatabase;
let running: RunningCli;
let url: string;
let project: number;

beforeAll(async () => {
  gitlab = await startGitlab({ projects: 2, jobs: 4, branches: 6, users: 2, alerts: 0 });
  project = [...gitlab.world.projects.keys()][0] ?? 0;
  database = await createDatabase();
  ({ running, url } = await serve());
  const loaded = await fetch(`${url}/branches`, { method: 'POST' });
  expect(loaded.status).toBe(200);
});

afterAll(async () => {
  running.child.kill('SIGKILL');
  await gitlab.close();
  await database.drop();
});

async function serve(environment: Readonly<Record<string, string>> = {}) {
  const started = startCli(sharedBundle(), ['serve', '--port', '0'], {
    GITLAB_BASE_URL: gitlab.url,
    GITLAB_TOKEN: gitlab.adminToken,
    DATABASE_URL: database.url,
    WEBHOOK_TOKENS: TOKEN,
    RESOURCES: 'projects,branches,issues',
    GOOGLE_CLOUD_PROJECT: 'acme',
    ...environment,
  });
  const line = await started.line('"serving"');
  return { running: started, ...(JSON.parse(line) as { readonly url: string }) };
}

const branches = () => valuesOf(database.url, 'api_entities_branch', 'name');

/** As GitLab sends that a branch has a new commit. */
function send(
  to: string,
  name: string,
  headers: Readonly<Record<string, string>> = PROOF,
): Promise<Response> {
  return fetch(`${to}/webhook`, {
    method: 'POST',
    headers: { 'idempotency-key': `key-${name}`, ...headers },
    body: JSON.stringify(pushEvent(project, name, 'moved')),
  });
}

/** As Pub/Sub pushes an event. */
function push(
  to: string,
  { key, event }: { readonly key: string; readonly event: object },
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const data = Buffer.from(JSON.stringify(event)).toString('base64');
  const message = { data, attributes: { key }, messageId: '1' };
  return fetch(`${to}/webhooks`, { method: 'POST', headers, body: JSON.stringify({ message }) });
}

describe('serve without a topic', () => {
  test('answers a webhook when its row is stored', async () => {
    insertBranch(gitlab.world, project, 'direct');

    const { status } = await send(url, 'direct');

    expect([status, await branches()]).toEqual([202, expect.arrayContaining(['direct'])]);
  });

  test('takes nothing that is not proven', async () => {
    insertBranch(gitlab.world, project, 'forged');

    const answers = await Promise.all([
      send(url, 'forged', {}),
      send(url, 'forged', { 'x-gitlab-token': 'wrong' }),
    ]);

    expect(answers.map(({ status }) => status)).toEqual([401, 401]);
    expect(await branches()).not.toContain('forged');
  });

  test('answers 503 while a webhook cannot be settled, and takes it when it is sent again', async () => {
    insertBranch(gitlab.world, project, 'late');
    gitlab.faults.add({ match: { path: /branches/ }, respond: { status: 401 } });
    const refused = await send(url, 'late');
    const before = await branches();
    gitlab.faults.clear();

    const taken = await send(url, 'late');

    expect([refused.status, taken.status]).toEqual([503, 202]);
    expect(before).not.toContain('late');
    expect(await branches()).toContain('late');
    expect(await running.line('webhook-failed')).toMatch(/"severity":"ERROR".*key-late/);
  });

  test.each(['no JSON', '{"object_kind":"push"}'])(
    'answers 202 to what no repetition would settle: %s',
    async (body) => {
      const headers = { 'idempotency-key': `key-${body.length.toString()}`, ...PROOF };

      const { status } = await fetch(`${url}/webhook`, { method: 'POST', headers, body });

      expect(status).toBe(202);
      expect(await running.line(headers['idempotency-key'])).toMatch(
        /"severity":"WARNING".*webhook-left.*E_WEBHOOK_EVENT/,
      );
    },
  );

  test('answers 503 when there is no database', async () => {
    const other = await serve({ DATABASE_URL: 'postgres://nobody:x@127.0.0.1:1/none' });

    const { status } = await send(other.url, 'direct');
    other.running.child.kill('SIGTERM');

    expect(status).toBe(503);
    expect(await other.running.ended).toMatchObject({ exitCode: 0, stderr: '' });
  });
});

describe('serve with a topic', () => {
  test('publishes what GitLab sends, and consumes what Pub/Sub pushes', async () => {
    await using topic = await startFakeTopic();
    const other = await serve(topic.environment);
    insertBranch(gitlab.world, project, 'published');

    const received = await send(other.url, 'published');
    const before = await branches();
    const pushed = { key: 'key-published', event: pushEvent(project, 'published', 'moved') };
    const [first, again] = [await push(other.url, pushed), await push(other.url, pushed)];
    const none = await fetch(`${other.url}/webhooks`, { method: 'POST', body: '{}' });
    other.running.child.kill('SIGKILL');

    expect([received.status, first.status, again.status, none.status]).toEqual([
      202, 200, 200, 400,
    ]);
    expect(topic.published).toHaveLength(1);
    expect(before).not.toContain('published');
    expect(await branches()).toContain('published');
    expect([await first.json(), await again.json()]).toEqual([
      { outcome: 'applied' },
      { outcome: 'duplicate' },
    ]);
  });
});

test('the lines of an event belong to the trace of its request', async () => {
  const { world } = gitlab;
  const owner = [...world.projects.keys()].find((id) => rowsIn(world, 'issues', id).length > 0);
  const [issue] = owner === undefined ? [] : rowsIn(world, 'issues', owner);
  if (owner === undefined || issue === undefined) throw new Error('the world has no issue');
  const trace = '0af7651916cd43dd8448eb211c80319c';

  const { status } = await push(
    url,
    { key: 'traced', event: issueEvent(owner, issue) },
    { 'x-cloud-trace-context': `${trace}/74;o=1` },
  );

  expect(status).toBe(200);
  const line = await running.line(`Table 'api_entities_issue' was created`);
  expect(JSON.parse(line)).toMatchObject({
    event: 'schema-changed',
    'logging.googleapis.com/trace': `projects/acme/traces/${trace}`,
    'logging.googleapis.com/spanId': '000000000000004a',
    'logging.googleapis.com/labels': {
      family: 'webhooks',
      event_key: 'traced',
      run_id: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
    },
  });
});

test('ends at once at SIGTERM and shows no secret', async () => {
  const sentAt = performance.now();
  running.child.kill('SIGTERM');

  const result = await running.ended;

  expect(performance.now() - sentAt).toBeLessThan(3_000);
  expect(result).toMatchObject({ exitCode: 0, stderr: '' });
  expect(eventsOf(result).length).toBeGreaterThan(5);
  expect(result.stdout).not.toContain(TOKEN);
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { RunReport } from '../../../functions/engine/model/run.ts';
import { eventsOf, type RunningCli, sharedBundle, startCli } from '../../support/cli.ts';
import { type SimulatedGitlab, startGitlab } from '../../support/gitlab/server.ts';
import {
  findPubsubEmulator,
  type PubsubEmulator,
  startPubsubEmulator,
} from '../../support/google/pubsubEmulator.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';
import { differences } from '../cli/dataset.ts';

const emulatorProgram = findPubsubEmulator();
const bundle = sharedBundle();
const PATIENT = { timeout: 90_000 };
let gitlab: SimulatedGitlab;

beforeAll(async () => {
  // Pages of 100 rows, one after the other, for which three seconds are too short.
  gitlab = await startGitlab({ projects: 2, jobs: 1_000, branches: 2, latencyMilliseconds: 500 });
});

afterAll(() => gitlab.close());

interface Served extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly running: RunningCli;
  readonly url: string;
}

/** The functions in a process of their own, with three seconds for each call. */
async function serve(more: Readonly<Record<string, string>>): Promise<Served> {
  const database = await createDatabase();
  const running = startCli(bundle, ['serve', '--port', '0'], {
    GITLAB_BASE_URL: gitlab.url,
    GITLAB_TOKEN: gitlab.adminToken,
    DATABASE_URL: database.url,
    TIME_BUDGET_SECONDS: '3',
    ...more,
  });
  const { url } = JSON.parse(await running.line('"serving"')) as { readonly url: string };
  return {
    ...{ database, running, url },
    [Symbol.asyncDispose]: async () => {
      running.child.kill('SIGKILL');
      await running.ended;
      await database.drop();
    },
  };
}

async function post(
  url: string,
  body: string | Uint8Array<ArrayBuffer> = '{}',
): Promise<RunReport> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body });
  return (await response.json()) as RunReport;
}

/** Calls the function once and waits until continuations have finished what it began. */
async function expectToGoOn({ url, running, database }: Served): Promise<void> {
  const first = await post(`${url}/jobs`);
  await running.line('"outcome":"done"');
  running.child.kill('SIGTERM');

  const events = eventsOf(await running.ended);
  const started = events.filter(({ event }) => event === 'run-started');
  expect(first).toMatchObject({ outcome: 'suspended', leftTo: 'continuation' });
  expect(started.at(-1)).toMatchObject({ request: { trigger: 'continuation' } });
  expect(events.filter(({ event }) => event === 'problem')).toEqual([]);
  expect(await jobsMissing(database)).toEqual([]);
}

async function jobsMissing({ url }: TestDatabase): Promise<readonly object[]> {
  const found = await differences(url, gitlab);
  return found.filter((table) => 'table' in table && table.table === 'api_entities_job');
}

// Together, because each of them mostly waits for GitLab; so each has a topic of its own.
describe.skipIf(emulatorProgram === undefined).concurrent('with the emulator of Pub/Sub', () => {
  let emulator: PubsubEmulator;
  beforeAll(async () => {
    emulator = await startPubsubEmulator(emulatorProgram ?? '');
  });
  afterAll(() => emulator[Symbol.asyncDispose]());

  async function settings(topic: string): Promise<Readonly<Record<string, string>>> {
    await emulator.createTopic(topic);
    return { CONTINUATION: topic, PUBSUB_EMULATOR_HOST: emulator.host };
  }

  test('a load whose messages are all lost is finished by the next ticks', PATIENT, async () => {
    await using served = await serve(await settings('projects/acme/topics/unheard'));
    const { url, database } = served;
    const outcomes: string[] = [];

    while (outcomes.length < 20 && outcomes.at(-1) !== 'done')
      outcomes.push((await post(`${url}/jobs`)).outcome);

    expect(outcomes.length).toBeGreaterThan(1);
    expect(outcomes).toEqual([...outcomes.slice(1).map(() => 'suspended'), 'done']);
    expect(await jobsMissing(database)).toEqual([]);
  });

  test('a load goes on with the messages that are pushed to its function', PATIENT, async () => {
    const topic = 'projects/acme/topics/go-on';
    await using served = await serve(await settings(topic));
    const pushUrl = `${served.url}/jobs`;
    await emulator.createSubscription('projects/acme/subscriptions/jobs', { topic, pushUrl });

    await expectToGoOn(served);
  });
});

test.concurrent('a load goes on in the process itself', PATIENT, async () => {
  await using served = await serve({ CONTINUATION: 'in-process' });

  await expectToGoOn(served);
});

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { freePort } from '../../../scripts/local/freePort.ts';

/** The real emulator of Pub/Sub in a process of its own. */
export interface PubsubEmulator extends AsyncDisposable {
  /** As PUBSUB_EMULATOR_HOST has it. */
  readonly host: string;
  createTopic(topic: string): Promise<unknown>;
  createSubscription(subscription: string, of: Subscription): Promise<unknown>;
  /** Sends the messages of a subscription to an address, or lets them wait where it is 'nobody'. */
  push(subscription: string, to: string): Promise<unknown>;
  /** Takes all messages that wait in a subscription that is not pushed; resolves to their number. */
  pull(subscription: string): Promise<number>;
}

/** Where the messages of a topic go. */
export interface Subscription {
  readonly topic: string;
  /** Without it, messages wait until they are pulled. */
  readonly pushUrl?: string;
  /** Only messages that fulfil it, such as `attributes.family = "jobs"`. */
  readonly filter?: string;
  readonly ackDeadlineSeconds?: number;
  readonly deadLetter?: { readonly topic: string; readonly maxDeliveryAttempts: number };
}

const PARTS = join('platform', 'pubsub-emulator', 'lib');

/** The emulator's program where gcloud has its component and Java is there; undefined where a test must be left out. */
export function findPubsubEmulator(): string | undefined {
  const path = process.env['PATH'] ?? '';
  if (spawnSync('java', ['-version'], { stdio: 'ignore' }).status !== 0) return undefined;
  const gcloud = path
    .split(delimiter)
    .map((directory) => join(directory, 'gcloud'))
    .filter((file) => existsSync(file))
    .map((file) => join(realpathSync(file), '../..'));
  const homes = [...gcloud, join(homedir(), 'google-cloud-sdk'), '/usr/lib/google-cloud-sdk'];
  return homes.map((home) => jarIn(join(home, PARTS))).find((jar) => jar !== undefined);
}

function jarIn(directory: string): string | undefined {
  if (!existsSync(directory)) return undefined;
  const jar = readdirSync(directory).find((name) => /^cloud-pubsub-emulator.*\.jar$/.test(name));
  return jar === undefined ? undefined : join(directory, jar);
}

/** Starts the emulator on a free port and waits until it answers. */
export async function startPubsubEmulator(jar: string): Promise<PubsubEmulator> {
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), 'pubsub-'));
  // With all its compilers and collectors the machine would take every core for seconds, and be no faster.
  const lean = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx256m'];
  const host = `127.0.0.1:${port.toString()}`;
  const child = spawn(
    'java',
    [...lean, '-jar', jar, '--host=127.0.0.1', `--port=${port.toString()}`],
    { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  await saysStarted(child.stderr);
  return {
    host,
    createTopic: (topic) => send('PUT', `${host}/v1/${topic}`, {}),
    createSubscription: (subscription, of) =>
      send('PUT', `${host}/v1/${subscription}`, subscriptionOf(of)),
    push: (subscription, to) =>
      send('POST', `${host}/v1/${subscription}:modifyPushConfig`, {
        pushConfig: to === 'nobody' ? {} : { pushEndpoint: to },
      }),
    pull: (subscription) => pullAll(`${host}/v1/${subscription}`),
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null) {
        child.kill('SIGKILL');
        await once(child, 'close');
      }
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function saysStarted(stderr: NodeJS.ReadableStream): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4_000);
      if (said.includes('Server started')) resolve();
    });
    stderr.on('end', () => {
      reject(new Error(`The Pub/Sub emulator ended: ${said}`));
    });
  });
}

function subscriptionOf({ topic, pushUrl, ...more }: Subscription): object {
  const { filter, ackDeadlineSeconds = 600, deadLetter } = more;
  return {
    topic,
    ...(pushUrl === undefined ? {} : { pushConfig: { pushEndpoint: pushUrl } }),
    ackDeadlineSeconds,
    ...(filter === undefined ? {} : { filter }),
    ...(deadLetter === undefined
      ? {}
      : {
          deadLetterPolicy: {
            deadLetterTopic: deadLetter.topic,
            maxDeliveryAttempts: deadLetter.maxDeliveryAttempts,
          },
        }),
  };
}

interface Pulled {
  readonly receivedMessages?: readonly { readonly ackId: string }[];
}

async function pullAll(subscription: string): Promise<number> {
  let count = 0;
  for (;;) {
    // Whoever is not told to return at once waits for a message that may never come.
    const order = { maxMessages: 1_000, returnImmediately: true };
    const { receivedMessages = [] } = (await send('POST', `${subscription}:pull`, order)) as Pulled;
    if (receivedMessages.length === 0) return count;
    count += receivedMessages.length;
    const ackIds = receivedMessages.map(({ ackId }) => ackId);
    await send('POST', `${subscription}:acknowledge`, { ackIds });
  }
}

async function send(method: string, place: string, body: object): Promise<unknown> {
  const response = await fetch(`http://${place}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${place}: ${await response.text()}`);
  return response.json();
}

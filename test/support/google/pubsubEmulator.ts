import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** The real emulator of Pub/Sub in a process of its own. */
export interface PubsubEmulator extends AsyncDisposable {
  /** As PUBSUB_EMULATOR_HOST has it. */
  readonly host: string;
  createTopic(topic: string): Promise<void>;
  createSubscription(subscription: string, of: PushSubscription): Promise<void>;
}

/** Where the messages of a topic go. */
export interface PushSubscription {
  readonly topic: string;
  readonly pushUrl: string;
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
  // One thread compiles and one collects: the default of the platform would take every core for seconds.
  const lean = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx256m'];
  const child = spawn(
    'java',
    [...lean, '-jar', jar, '--host=127.0.0.1', `--port=${port.toString()}`],
    { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const host = `127.0.0.1:${port.toString()}`;
  await saysStarted(child.stderr);
  return {
    host,
    createTopic: (topic) => put(host, topic, {}),
    createSubscription: (subscription, of) => put(host, subscription, subscriptionOf(of)),
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null) {
        child.kill('SIGKILL');
        await once(child, 'close');
      }
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
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

function subscriptionOf({ topic, pushUrl, ...more }: PushSubscription): object {
  const { filter, ackDeadlineSeconds = 600, deadLetter } = more;
  return {
    topic,
    pushConfig: { pushEndpoint: pushUrl },
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

async function put(host: string, name: string, body: object): Promise<void> {
  const response = await fetch(`http://${host}/v1/${name}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${name}: ${await response.text()}`);
  await response.arrayBuffer();
}

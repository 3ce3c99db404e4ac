import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { afterAll, beforeAll } from 'vitest';

import { freePort } from '../../../scripts/local/freePort.ts';
import { type FakeTopic, startFakeTopic } from './fakeTopic.ts';

const ROOT = join(import.meta.dirname, '../../..');
const FRAMEWORK = '@google-cloud/functions-framework/build/src/main.js';

/** The deployed function `receive`: the framework's own program in a process of its own. */
export interface Receiver extends AsyncDisposable {
  readonly url: string;
  /** What the process wrote so far, line by line. */
  readonly lines: () => readonly string[];
  /** Most memory that the process ever had, in bytes. */
  readonly peakBytes: () => number;
}

/** Starts it and waits until it answers. Only `environment` and PATH reach the process. */
export async function startReceiver(
  environment: Readonly<Record<string, string>>,
): Promise<Receiver> {
  const port = await freePort();
  const child = spawn(
    process.execPath,
    [
      join(ROOT, 'node_modules', FRAMEWORK),
      `--source=${join(ROOT, 'functions/webhooks/receive.ts')}`,
    ],
    {
      env: {
        PATH: process.env['PATH'] ?? '',
        FUNCTION_TARGET: 'receive',
        PORT: port.toString(),
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let written = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (written += text));
  const url = `http://127.0.0.1:${port.toString()}/`;
  while (!(await answers(url))) {
    if (child.exitCode !== null) throw new Error(`The receiver ended: ${written}`);
    await wait(20);
  }
  return {
    url,
    lines: () => written.split('\n').filter((line) => line !== ''),
    peakBytes: () => {
      const status = readFileSync(`/proc/${child.pid ?? 0}/status`, 'utf8');
      return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

/** A topic, and a receiver that publishes to it. */
export interface ReceiverSite {
  readonly topic: FakeTopic;
  readonly receiver: Receiver;
}

/** Gives the tests of a file one of each; the secrets are what webhooks may prove themselves with. */
export function useReceiver(
  secrets: Readonly<Record<string, string>>,
  take: (site: ReceiverSite) => void,
): void {
  const open = new AsyncDisposableStack();
  beforeAll(async () => {
    const topic = open.use(await startFakeTopic());
    take({ topic, receiver: open.use(await startReceiver({ ...topic.environment, ...secrets })) });
  });
  afterAll(() => open.disposeAsync());
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
}

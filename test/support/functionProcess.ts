import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { freePort } from '../../scripts/local/freePort.ts';
import { compileCache, sharedBundle } from './cli.ts';
import { EVERY_RUN } from './seedResources.ts';

const MODULES = join(import.meta.dirname, '../../node_modules');
/** The framework's own command, which needs what is installed beside the functions. */
const COMMAND = join(MODULES, '@google-cloud/functions-framework/build/src/main.js');

/** One function in a process of its own, as the platform starts it. */
export interface FunctionProcess extends AsyncDisposable {
  readonly url: string;
  readonly child: ChildProcess;
  /** All that the process wrote so far, to stdout and stderr. */
  readonly written: () => string;
  /** Resolves to the exit code; null when a signal ended the process. */
  readonly ended: Promise<number | null>;
  readonly post: (body: string, headers?: Readonly<Record<string, string>>) => Promise<Told>;
}

/** An answer of a function. */
export interface Told {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** The arguments of Node.js that start the deployed folder as services of an image do. */
export function ofImage(): readonly string[] {
  return [join(dirname(sharedBundle().program), 'server.cjs')];
}

/** Those that start a file of functions, by default the deployed one, as a Cloud Function is. */
export function ofCommand(source = join(dirname(sharedBundle().program), 'index.cjs')) {
  return [COMMAND, '--source', source] as const;
}

/** Starts the function `target`; nothing of the tests' own environment gets in but PATH. */
export async function startFunction(
  target: string,
  environment: Readonly<Record<string, string>>,
  start = ofImage(),
): Promise<FunctionProcess> {
  const port = await freePort();
  const child = spawn(process.execPath, start, {
    env: {
      PATH: process.env['PATH'],
      NODE_PATH: MODULES,
      FUNCTION_TARGET: target,
      PORT: port.toString(),
      ...EVERY_RUN,
      ...compileCache(),
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let written = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      written += text;
    });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const url = `http://127.0.0.1:${port.toString()}`;
  await accepting(port, child, () => written);
  return {
    ...{ url, child, ended },
    written: () => written,
    post: (body, headers) => post(url, body, headers),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function post(
  url: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Told> {
  const type = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', body, headers: { ...type, ...headers } });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** Connects without a request, because the first request changes how the process takes signals. */
async function accepting(port: number, child: ChildProcess, written: () => string): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`The function has ended: ${written()}`);
    const socket = connect(port, '127.0.0.1');
    const connected = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (connected) return;
    await sleep(20);
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A deployed folder and how a function of it is started. */
export interface Deployment {
  readonly directory: string;
  readonly target: string;
  readonly environment: Readonly<Record<string, string>>;
  /** What the first call says. */
  readonly body: string;
}

/** One start, in milliseconds since the process was asked for. */
export interface FunctionStart {
  readonly readyMilliseconds: number;
  readonly firstAnswerMilliseconds: number;
  readonly status: number;
  /** Memory after the first answer; undefined where there is no /proc. */
  readonly rssMegabytes: number | undefined;
}

const FRAMEWORK = join(
  import.meta.dirname,
  '../../node_modules/@google-cloud/functions-framework/build/src/main.js',
);

/** Starts a function as the platform does, with the framework's own command, and calls it as soon as it listens. */
export async function startFunction(
  { directory, target, environment, body }: Deployment,
  port: number,
): Promise<FunctionStart> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [FRAMEWORK], {
    cwd: directory,
    env: { ...environment, FUNCTION_TARGET: target, PORT: port.toString() },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    while (!(await listens(port))) await stillRuns(child);
    const readyMilliseconds = performance.now() - startedAt;
    const status = await post(port, body);
    const firstAnswerMilliseconds = performance.now() - startedAt;
    return {
      ...{ readyMilliseconds, firstAnswerMilliseconds, status },
      rssMegabytes: rssMegabytes(child.pid ?? 0),
    };
  } finally {
    if (child.exitCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }
}

async function stillRuns({ exitCode }: ChildProcess): Promise<void> {
  if (exitCode !== null) throw new Error(`The function ended with ${exitCode.toString()}.`);
  await sleep(1);
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}

function post(port: number, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const call = request({ port, host: '127.0.0.1', method: 'POST', headers }, (response) => {
      response.resume().once('end', () => {
        resolve(response.statusCode ?? 0);
      });
    });
    call.once('error', reject).end(body);
  });
}

function rssMegabytes(pid: number): number | undefined {
  try {
    const status = readFileSync(`/proc/${pid.toString()}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
  } catch {
    return undefined;
  }
}

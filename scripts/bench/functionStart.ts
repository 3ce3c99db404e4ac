import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** A deployed folder and how a function of it is started. */
export interface Deployment {
  readonly directory: string;
  /** The file that Node.js runs. */
  readonly program: string;
  readonly target: string;
  readonly environment: Readonly<Record<string, string>>;
  /** What the first call says, and how it is answered. */
  readonly call: FirstCall;
}

interface FirstCall {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
  readonly status: number;
}

/** One start, in milliseconds since the process was asked for. */
export interface FunctionStart {
  /** Until it tells that it is well. */
  readonly firstAnswerMilliseconds: number;
  /** Until the answer to the first call, which is made at once after that. */
  readonly firstCallMilliseconds: number;
  /** Memory after the first call; undefined where there is no /proc. */
  readonly rssMegabytes: number | undefined;
}

/** Starts a function as the platform does and calls it as soon as it listens. */
export async function startFunction(
  { directory, program, target, environment, call }: Deployment,
  port: number,
): Promise<FunctionStart> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [program], {
    cwd: directory,
    env: { ...environment, FUNCTION_TARGET: target, PORT: port.toString() },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    while (!(await isWell(port))) await stillRuns(child);
    const firstAnswerMilliseconds = performance.now() - startedAt;
    const status = await ask(port, { method: 'POST', ...call });
    if (status !== call.status) throw new Error(`The function answered ${status.toString()}.`);
    return {
      firstAnswerMilliseconds,
      firstCallMilliseconds: performance.now() - startedAt,
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

/** Nothing listens for most of a start. */
async function isWell(port: number): Promise<boolean> {
  const status = await ask(port, { method: 'GET', path: '/healthz' }).catch(() => undefined);
  return status === 200;
}

interface Call extends Partial<FirstCall> {
  readonly method: 'GET' | 'POST';
  readonly path?: string;
}

/** Resolves to the status of the answer. */
function ask(port: number, { method, path = '/', headers, body }: Call): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = { 'content-type': 'application/json', ...headers };
    const options = { port, host: '127.0.0.1', method, path, headers: sent, agent: false };
    const call = request(options, (response) => {
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

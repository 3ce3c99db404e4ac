import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A deployed folder, the function of it that is served, and where. */
export interface Hosted {
  readonly directory: string;
  readonly target: string;
  readonly port: number;
  readonly environment: Readonly<Record<string, string>>;
}

/** A place where a function is served by one process at a time, as by an instance of the platform. */
export interface FunctionHost extends AsyncDisposable {
  readonly url: string;
  /** Ends the process with SIGKILL and starts another one. */
  replace(): Promise<void>;
  /** The last lines that its processes wrote. */
  said(): string;
}

const KEPT_CHARACTERS = 4_000;

/** Starts the function as the services of an image do and waits until it listens. */
export async function hostFunction(hosted: Hosted): Promise<FunctionHost> {
  let said = '';
  const start = async (): Promise<ChildProcess> => {
    const child = spawn(process.execPath, ['server.cjs'], {
      cwd: hosted.directory,
      env: {
        ...hosted.environment,
        FUNCTION_TARGET: hosted.target,
        PORT: hosted.port.toString(),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        said = (said + text).slice(-KEPT_CHARACTERS);
      });
    while (!(await accepts(hosted.port))) {
      if (child.exitCode !== null) throw new Error(`'${hosted.target}' has ended: ${said}`);
      await sleep(10);
    }
    return child;
  };
  let running = await start();
  const kill = async (): Promise<void> => {
    if (running.exitCode !== null || running.signalCode !== null) return;
    running.kill('SIGKILL');
    await once(running, 'close');
  };
  return {
    url: `http://127.0.0.1:${hosted.port.toString()}`,
    replace: async () => {
      await kill();
      running = await start();
    },
    said: () => said,
    [Symbol.asyncDispose]: kill,
  };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}

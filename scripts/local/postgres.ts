import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { type Binaries, findBinaries } from './binaries.ts';
import { freePort } from './freePort.ts';
import { initialise, readPassword, type ServerHome, serverHome } from './serverHome.ts';
import {
  endWithThisProcess,
  isAlive,
  readServerProcess,
  type ServerProcess,
} from './serverProcess.ts';
import { chooseServerUser } from './serverUser.ts';

/** Where the embedded server keeps its data and how it runs. */
export interface PostgresOptions {
  /** Default: `.local/postgres` of the project. */
  readonly directory?: string;
  /** Default: a free one, or that of the server already running on the directory. */
  readonly port?: number;
  /** Server settings for this start, e.g. `{ fsync: 'off' }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A running server. */
export interface LocalPostgres {
  readonly url: string;
  /** Ends the server, and does nothing when another process started it. */
  stop(): Promise<void>;
}

const DEFAULT_DIRECTORY = fileURLToPath(new URL('../../.local/postgres', import.meta.url));
const STARTS = 5;
const WAIT_MILLISECONDS = 60_000;
const PAUSE_MILLISECONDS = 300;

/** Homes of servers that this process stops. */
const ownedHomes = new Set<string>();

/**
 * Starts PostgreSQL on the directory, or joins the server that runs there. Data stay until the directory is deleted;
 * the server ends with this process. Works for root: the server then runs as an unprivileged user.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<LocalPostgres> {
  const user = chooseServerUser();
  const home = serverHome(options.directory ?? DEFAULT_DIRECTORY, user);
  const binaries = findBinaries(user);
  await initialise(home, {
    binaries,
    user,
    flags: options.settings?.['fsync'] === 'off' ? ['--no-sync'] : [],
  });
  const server = await joinOrStart(home, binaries, options);
  const url = `postgres://postgres:${readPassword(home)}@127.0.0.1:${server.port.toString()}/postgres`;
  if (isOwnedByOther(home)) return { url, stop: () => Promise.resolve() };

  writeFileSync(home.owner, process.pid.toString());
  ownedHomes.add(home.data);
  const forget = endWithThisProcess(server.pid);
  return {
    url,
    stop: async () => {
      forget();
      if (ownedHomes.delete(home.data)) await stopServer(home, binaries);
    },
  };
}

async function joinOrStart(
  home: ServerHome,
  binaries: Binaries,
  options: PostgresOptions,
): Promise<ServerProcess> {
  let starts = 0;
  const end = Date.now() + WAIT_MILLISECONDS;
  while (Date.now() < end && starts < STARTS) {
    const server = readServerProcess(home.data);
    if (server?.status === 'ready') return server;
    if (server === undefined) {
      await launch(home, binaries, options);
      starts += 1;
    }
    // Workers of a killed server take a moment to notice; a server may still be starting or stopping.
    if (readServerProcess(home.data)?.status !== 'ready') await sleep(PAUSE_MILLISECONDS);
  }
  const server = readServerProcess(home.data);
  if (server?.status === 'ready') return server;
  throw new Error(`PostgreSQL does not start: ${lastProblem(home.log)} (${home.log}).`);
}

async function launch(
  home: ServerHome,
  binaries: Binaries,
  options: PostgresOptions,
): Promise<void> {
  // Nothing owns a lock file whose server is gone, but PostgreSQL trusts it when its number is in use again.
  rmSync(join(home.data, 'postmaster.pid'), { force: true });
  const settings = Object.entries(options.settings ?? {}).map(
    ([name, value]) => `-c ${name}=${value}`,
  );
  const port = options.port ?? (await freePort());
  const log = openSync(home.log, 'a');
  try {
    const flags = [`-p ${port.toString()}`, ...settings].join(' ');
    await binaries.run('pg_ctl', ['start', '-w', '-D', home.data, '-o', flags], log);
  } finally {
    closeSync(log);
  }
}

async function stopServer(home: ServerHome, binaries: Binaries): Promise<void> {
  const { exitCode, output } = await binaries.run('pg_ctl', [
    'stop',
    '-w',
    '-m',
    'fast',
    '-D',
    home.data,
  ]);
  if (exitCode !== 0 && readServerProcess(home.data) !== undefined) {
    throw new Error(`PostgreSQL on ${home.data} does not stop: ${output.trim()}`);
  }
  rmSync(home.owner, { force: true });
}

/** A server left by a process that was killed belongs to whoever finds it. */
function isOwnedByOther(home: ServerHome): boolean {
  try {
    const owner = Number(readFileSync(home.owner, 'utf8'));
    return owner === process.pid ? ownedHomes.has(home.data) : isAlive(owner);
  } catch {
    return false;
  }
}

function lastProblem(log: string): string {
  const lines = readFileSync(log, 'utf8').trim().split('\n');
  const problem = lines.findLast((line) => line.includes('FATAL:')) ?? lines.at(-1) ?? '';
  return problem.replace(/^.*FATAL: */, '');
}

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll } from 'vitest';

import { sql } from '../../functions/engine/sql/sql.ts';
import { type LocalPostgres, startPostgres } from '../../scripts/local/postgres.ts';
import { readServerProcess } from '../../scripts/local/serverProcess.ts';
import { scratchDirectory } from './cli.ts';
import { administrate } from './postgres.ts';

const STARTER = join(import.meta.dirname, '../fixtures/startPostgres.ts');

/** Directories for servers of one test file. */
export interface Directories {
  /** An empty directory. */
  empty(): string;
  /** A directory with the data of a server that was started and stopped once. */
  used(): string;
}

/** Makes directories whose servers and files are removed after each test. */
export function useDirectories(): Directories {
  const made: string[] = [];
  const prepared = newDirectory();
  beforeAll(async () => {
    await (await start(prepared)).stop();
  });
  afterEach(() => {
    for (const directory of made.splice(0)) removeServer(directory);
  });
  afterAll(() => {
    removeServer(prepared);
  });

  function empty(): string {
    const directory = newDirectory();
    made.push(directory);
    return directory;
  }
  return {
    empty,
    used: () => {
      const directory = empty();
      execFileSync('cp', ['-a', `${prepared}/.`, directory]);
      return directory;
    },
  };
}

/** Starts a server on the directory, without waiting for the disk. */
export function start(directory: string): Promise<LocalPostgres> {
  return startPostgres({ directory, settings: { fsync: 'off' } });
}

/** Starts a server on the directory in a process of its own. */
export async function startElsewhere(directory: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [STARTER, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

/** The number of the server that runs on the directory. */
export function serverPid(directory: string): number {
  const server = readServerProcess(join(directory, 'data'));
  if (server === undefined) throw new Error(`No server runs on ${directory}.`);
  return server.pid;
}

/** Writes a row that `memories` finds again. */
export async function remember({ url }: LocalPostgres): Promise<void> {
  await administrate(url, async (admin) => {
    await admin.query(sql`create table if not exists pet (name text)`);
    await admin.query(sql`insert into pet values ('Rex')`);
  });
}

/** The rows that `remember` wrote. */
export async function memories({ url }: LocalPostgres): Promise<unknown> {
  const { rows } = await administrate(url, (admin) => admin.query(sql`select name from pet`));
  return rows;
}

/** Waits until the condition holds. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}

function newDirectory(): string {
  return mkdtempSync(join(scratchDirectory(), 'local-postgres-'));
}

function removeServer(directory: string): void {
  const server = readServerProcess(join(directory, 'data'));
  if (server !== undefined) process.kill(server.pid, 'SIGKILL');
  rmSync(directory, { recursive: true, force: true });
}

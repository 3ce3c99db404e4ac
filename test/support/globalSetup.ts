import { chmodSync, existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { TestProject } from 'vitest/node';

import { sql } from '../../functions/engine/sql/sql.ts';
import { startPostgres } from '../../scripts/local/postgres.ts';
import { SHARED_DIRECTORY } from './cli.ts';
import { administrate, dropDatabase, randomName } from './postgres.ts';

const MEMORY = '/dev/shm';
const MEMORY_BYTES = 4 * 2 ** 30;

interface Server {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts one server for the whole run; returns how to remove it and what the tests have left. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startServer();
  const prefix = randomName('loader_test');
  project.provide('postgresUrl', server.url);
  project.provide('databasePrefix', prefix);
  const shared = mkdtempSync(join(fastDirectory(), 'gitlab-alloydb-tests-'));
  // Databases of some tests run as another user.
  chmodSync(shared, 0o755);
  process.env[SHARED_DIRECTORY] = shared;
  return async () => {
    rmSync(shared, { recursive: true, force: true });
    for (const name of await databasesLike(server.url, prefix))
      await dropDatabase(server.url, name);
    await server.stop();
  };
}

/** The databases that tests have left. */
function databasesLike(adminUrl: string, prefix: string): Promise<readonly string[]> {
  return administrate(adminUrl, async (admin) => {
    const { rows } = await admin.query<{ name: string }>(
      sql`select datname as name from pg_database where starts_with(datname, $1::text)`,
      [prefix],
    );
    return rows.map(({ name }) => name);
  });
}

/** In memory where there is room: tests make tens of thousands of tables, each of them several files. */
function fastDirectory(): string {
  if (!existsSync(MEMORY)) return tmpdir();
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize > MEMORY_BYTES ? MEMORY : tmpdir();
}

async function startServer(): Promise<Server> {
  const url = process.env['TEST_DATABASE_URL'];
  if (url !== undefined && url !== '') return { url, stop: () => Promise.resolve() };
  const directory = mkdtempSync(join(fastDirectory(), 'gitlab-alloydb-test-'));
  const server = await startPostgres({
    directory,
    settings: { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' },
  });
  return {
    url: server.url,
    stop: async () => {
      await server.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

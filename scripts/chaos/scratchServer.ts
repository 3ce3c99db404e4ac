import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { identifier } from '../../functions/engine/sql/identifier.ts';
import { type Database, openPool } from '../../functions/engine/sql/pool.ts';
import { literal, sql } from '../../functions/engine/sql/sql.ts';
import { findBinaries } from '../local/binaries.ts';
import { startPostgres } from '../local/postgres.ts';
import { serverHome } from '../local/serverHome.ts';
import { endWithThisProcess, readServerProcess } from '../local/serverProcess.ts';
import { chooseServerUser } from '../local/serverUser.ts';

/** The login of the loader: it owns its database and may nothing else. */
export const LOADER_ROLE = 'loader';
const PASSWORD = 'chaos';

/** A PostgreSQL that one trial at a time may break. */
export interface ScratchServer extends AsyncDisposable {
  /** The administrator's connections to the server's own database. */
  readonly admin: Database;
  /** The administrator's URL of a database. */
  adminUrl(database: string): string;
  /** The loader's URL of a database. */
  loaderUrl(database: string): string;
  /** Makes a database for the loader, empty or as a copy. */
  createDatabase(name: string, template?: string): Promise<void>;
  /** Ends its connections and removes it. */
  dropDatabase(name: string): Promise<void>;
  /** Ends every process of the server at once, as a crash does, and starts it again. */
  restartImmediately(): Promise<void>;
}

/** Makes and starts a server in a new directory; nothing of it is left when it is disposed of. */
export async function startScratchServer(above = tmpdir()): Promise<ScratchServer> {
  const directory = mkdtempSync(join(above, 'gitlab-alloydb-chaos-'));
  const remove = (): void => {
    rmSync(directory, { recursive: true, force: true });
  };
  process.once('exit', remove);
  // Commits wait for the log as in production, so that a crash loses none; the disk is another matter.
  const settings = { fsync: 'off', full_page_writes: 'off', deadlock_timeout: '200ms' };
  const postgres = await startPostgres({ directory, settings });
  const admin = openPool({ url: postgres.url, applicationName: 'chaos', max: 2 });
  await admin.query(
    sql`create role ${identifier(LOADER_ROLE)} login password ${literal(PASSWORD)}`,
  );
  return {
    admin,
    adminUrl: (database) => inDatabase(postgres.url, database),
    loaderUrl: (database) => {
      const url = new URL(inDatabase(postgres.url, database));
      Object.assign(url, { username: LOADER_ROLE, password: PASSWORD });
      return url.href;
    },
    createDatabase: async (name, template = 'template0') => {
      await admin.query(
        sql`create database ${identifier(name)} owner ${identifier(LOADER_ROLE)} template ${identifier(template)}`,
      );
    },
    dropDatabase: async (name) => {
      await admin.query(sql`drop database if exists ${identifier(name)} with (force)`);
    },
    restartImmediately: () => restart(directory),
    [Symbol.asyncDispose]: async () => {
      await admin.close();
      await postgres.stop();
      process.off('exit', remove);
      remove();
    },
  };
}

function inDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

async function restart(directory: string): Promise<void> {
  const user = chooseServerUser();
  const { data, log } = serverHome(directory, user);
  const file = openSync(log, 'a');
  try {
    const options = ['restart', '-w', '-m', 'immediate', '-D', data];
    const { exitCode } = await findBinaries(user).run('pg_ctl', options, file);
    if (exitCode !== 0) throw new Error(`PostgreSQL does not start again (${log}).`);
  } finally {
    closeSync(file);
  }
  const server = readServerProcess(data);
  if (server !== undefined) endWithThisProcess(server.pid);
}

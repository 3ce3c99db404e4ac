import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { type Database, openPool } from '../../functions/engine/sql/pool.ts';
import { type Sql, sql } from '../../functions/engine/sql/sql.ts';
import { buildBundle, type CliResult, type Environment, runCli } from '../../test/support/cli.ts';
import {
  type GitlabOptions,
  type SimulatedGitlab,
  startGitlab,
} from '../../test/support/gitlab/server.ts';
import { truthDifferences } from '../../test/support/truthDifferences.ts';
import { startPostgres } from '../local/postgres.ts';

/** The bundled command, a simulated GitLab and a PostgreSQL, for measures of whole processes. */
export interface BenchSite extends AsyncDisposable {
  readonly gitlab: SimulatedGitlab;
  /** What is deployed, without the framework that is installed beside it. */
  readonly dist: string;
  /** Makes an empty database; gives its URL. */
  createDatabase(name: string): Promise<string>;
  /** Runs the command on a database. */
  run(url: string, argv: readonly string[], environment?: Environment): Promise<CliResult>;
  /** What differs between stored jobs and GitLab's. */
  jobDifferences(url: string): Promise<readonly string[]>;
}

/** Builds and starts everything; nothing of it is left when it is disposed of. */
export async function openBenchSite(world: GitlabOptions): Promise<BenchSite> {
  const directory = mkdtempSync(join(tmpdir(), 'gitlab-alloydb-bench-'));
  const bundle = buildBundle();
  const postgres = await startPostgres({ directory });
  const gitlab = await startGitlab(world);
  const urlOf = (name: string): string => {
    const url = new URL(postgres.url);
    url.pathname = `/${name}`;
    return url.href;
  };
  return {
    gitlab,
    dist: dirname(bundle.program),
    createDatabase: async (name) => {
      await withDatabase(postgres.url, (database) =>
        database.query(sql`create database ${name as Sql}`),
      );
      return urlOf(name);
    },
    run: (url, argv, environment = {}) =>
      runCli(bundle, argv, {
        ...{ GITLAB_BASE_URL: gitlab.url, GITLAB_TOKEN: gitlab.adminToken, DATABASE_URL: url },
        ...environment,
      }),
    jobDifferences: (url) => {
      const { api_entities_job = [] } = gitlab.truth('admin');
      return withDatabase(url, (database) => truthDifferences(database, { api_entities_job }));
    },
    [Symbol.asyncDispose]: async () => {
      await gitlab.close();
      await postgres.stop();
      bundle[Symbol.dispose]();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function withDatabase<T>(url: string, work: (database: Database) => Promise<T>): Promise<T> {
  const database = openPool({ url, applicationName: 'bench', max: 1 });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

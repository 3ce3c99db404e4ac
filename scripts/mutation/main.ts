import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { exitCodeOf, tellError } from '../commands/failure.ts';
import { startPostgres } from '../local/postgres.ts';
import { LEAST_SCORE, mutateCode } from './mutateCode.ts';
import { mutateSql } from './mutateSql.ts';
import { type MutationTask, parseOptions } from './options.ts';

try {
  await main(parseOptions(process.argv.slice(2)));
} catch (error) {
  tellError(error);
  process.exitCode = exitCodeOf(error);
}

/** All groups use one server, so that no mutant waits for one. */
async function main(tasks: readonly MutationTask[]): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'gitlab-alloydb-mutation-'));
  const settings = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' };
  const server = await startPostgres({ directory, settings });
  process.env['TEST_DATABASE_URL'] = server.url;
  try {
    for (const task of tasks) await mutate(task);
  } finally {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Fails the command when the tests notice too few of the mutants. */
async function mutate(task: MutationTask): Promise<void> {
  const mutants = await mutateCode(task);
  if ((await mutateSql(task, mutants)) < LEAST_SCORE) process.exitCode = 1;
}

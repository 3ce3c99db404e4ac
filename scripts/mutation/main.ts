import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { LoaderError } from '../../functions/engine/model/errors.ts';
import { exitCodeOf, tellError } from '../commands/failure.ts';
import { startPostgres } from '../local/postgres.ts';
import { MUTATION_GROUPS, type MutationGroup } from './groups.ts';
import { LEAST_SCORE, mutateCode } from './mutateCode.ts';
import { mutateSql } from './mutateSql.ts';

const names = process.argv.slice(2);
try {
  await main(names.length === 0 ? Object.keys(MUTATION_GROUPS) : names);
} catch (error) {
  tellError(error);
  process.exitCode = exitCodeOf(error);
}

/** All groups use one server, so that no mutant waits for one. */
async function main(chosen: readonly string[]): Promise<void> {
  const groups = chosen.map((name) => {
    const group = MUTATION_GROUPS[name];
    if (group !== undefined) return group;
    const known = Object.keys(MUTATION_GROUPS).join(', ');
    throw new LoaderError('E_REQUEST', `There is no group named '${name}'; known: ${known}.`);
  });
  const directory = mkdtempSync(join(tmpdir(), 'gitlab-alloydb-mutation-'));
  const settings = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' };
  const server = await startPostgres({ directory, settings });
  process.env['TEST_DATABASE_URL'] = server.url;
  try {
    for (const group of groups) await mutate(group);
  } finally {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Fails the command when the tests notice too few of the mutants. */
async function mutate(group: MutationGroup): Promise<void> {
  await mutateCode(group);
  if (group.sqlFiles.length === 0) return;
  if ((await mutateSql(group)) < LEAST_SCORE) process.exitCode = 1;
}

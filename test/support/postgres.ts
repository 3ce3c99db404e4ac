import { randomBytes } from 'node:crypto';

import { inject } from 'vitest';

import { type Identifier, identifier } from '../../functions/engine/sql/identifier.ts';
import { sql } from '../../functions/engine/sql/sql.ts';
import { administrate, withDatabase } from './administrate.ts';
import { emptyDatabase } from './emptyDatabase.ts';

export { administrate, withDatabase };

declare module 'vitest' {
  interface ProvidedContext {
    /** The administrator's URL of the server that all tests share. */
    readonly postgresUrl: string;
    /** What the names of this run's databases begin with. */
    readonly databasePrefix: string;
  }
}

/** A database of one test file. */
export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  readonly name: string;
  drop(): Promise<void>;
}

/** Databases that tests of this worker have left empty. */
const emptied: string[] = [];

/**
 * An empty database: one that an earlier test has left, which is emptied many times faster than a new one is made, or a new
 * one. Drop it at the end, or declare it with `await using`.
 */
export async function createDatabase(): Promise<TestDatabase> {
  const adminUrl = inject('postgresUrl');
  const name = emptied.pop() ?? (await makeDatabase(adminUrl));
  const drop = async (): Promise<void> => {
    if (await emptyDatabase(adminUrl, name)) emptied.push(name);
    else await dropDatabase(adminUrl, name);
  };
  return { url: withDatabase(adminUrl, name), name, drop, [Symbol.asyncDispose]: drop };
}

async function makeDatabase(adminUrl: string): Promise<string> {
  const name = randomName(inject('databasePrefix'));
  await administrate(adminUrl, (admin) => admin.query(sql`create database ${identifier(name)}`));
  return name;
}

/** Ends the connections of a database and removes it. */
export async function dropDatabase(adminUrl: string, name: string): Promise<void> {
  const database: Identifier = identifier(name);
  await administrate(adminUrl, (admin) =>
    admin.query(sql`drop database if exists ${database} with (force)`),
  );
}

/** A name that no other run of the tests uses. */
export function randomName(prefix: string): string {
  return `${prefix}_${randomBytes(6).toString('hex')}`;
}

import { afterAll, beforeAll, beforeEach } from 'vitest';

import { type Database, openPool } from '../../functions/engine/sql/pool.ts';
import { sql } from '../../functions/engine/sql/sql.ts';
import { createDatabase, type TestDatabase } from './postgres.ts';

/** A database of a test file with an empty table `pet`, made anew for each test. */
export interface PetDatabase {
  readonly created: () => TestDatabase;
  readonly database: () => Database;
  /** Names of the stored pets in the order of their ids. */
  readonly names: () => Promise<readonly string[]>;
}

/** Registers the hooks of a test file that works on pets. */
export function usePetDatabase(applicationName: string): PetDatabase {
  let created: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    created = await createDatabase();
    database = openPool({ url: created.url, applicationName, max: 4 });
  });
  beforeEach(async () => {
    await database.query(sql`drop table if exists pet, collar`);
    await database.query(sql`create table pet (id bigint primary key, name text)`);
  });
  afterAll(async () => {
    await database.close();
    await created.drop();
  });
  return {
    created: () => created,
    database: () => database,
    names: async () => {
      const { rows } = await database.query<{ name: string }>(
        sql`select name from pet order by id`,
      );
      return rows.map(({ name }) => name);
    },
  };
}

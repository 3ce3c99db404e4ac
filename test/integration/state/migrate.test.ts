import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { type Database, openPool } from '../../../functions/engine/sql/pool.ts';
import { literal, sql } from '../../../functions/engine/sql/sql.ts';
import { migrateState } from '../../../functions/engine/state/migrate.ts';
import { MIGRATIONS } from '../../../functions/engine/state/migrations.ts';
import { stateNames } from '../../../functions/engine/state/stateNames.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';
import { DATASET, openBench, stateTable } from '../../support/run.ts';

let created: TestDatabase;
let database: Database;

beforeEach(async () => {
  created = await createDatabase();
  database = openPool({ url: created.url, applicationName: 'tests', max: 8 });
});
afterEach(async () => {
  await database.close();
  await created.drop();
});

async function version(): Promise<unknown> {
  const { rows } = await database.query<{ value: unknown }>(
    sql`select value from ${stateTable('meta')} where key = 'state_version'`,
  );
  return rows[0]?.value;
}

describe('migrateState', () => {
  test('makes the state once when six runs begin at the same time', async () => {
    await Promise.all(Array.from({ length: 6 }, () => migrateState(database, DATASET)));

    expect(await version()).toBe(MIGRATIONS.length);
  });

  test('changes nothing when the state is as new as the release', async () => {
    await migrateState(database, DATASET);
    await migrateState(database, DATASET);

    expect(await version()).toBe(MIGRATIONS.length);
  });

  test('keeps the history of a state that is a step behind', async () => {
    const names = stateNames(DATASET);
    await database.transaction(undefined, async (session) => {
      await session.simple(sql`create schema ${names.schema};
        create table ${names.table('meta')} (key text primary key, value jsonb not null);
        insert into ${names.table('meta')} values ('state_version', to_jsonb(${literal(String(MIGRATIONS.length - 1))}::int))`);
      for (const step of MIGRATIONS.slice(0, -1)) await session.simple(step(names));
      await session.simple(sql`insert into ${names.table('batch')}
        (resource, partition_key, seq, fence, run_id, scan_id, request, body_sha256, rows_in)
        values ('users', '', 1, 1, gen_random_uuid(), 1, 'GET /users', '', 3)`);
    });

    await migrateState(database, DATASET);

    const { rows } = await database.query(
      sql`select rows_in, rows_quarantined from ${stateTable('batch')}`,
    );
    expect(rows).toEqual([{ rows_in: 3, rows_quarantined: 0 }]);
    expect(await version()).toBe(MIGRATIONS.length);
  });

  test('uses a schema that somebody else has made', async () => {
    await database.query(sql`create schema gitlab_data_state`);

    await migrateState(database, DATASET);

    expect(await version()).toBe(MIGRATIONS.length);
  });

  test('refuses state that a newer release wrote', async () => {
    await migrateState(database, DATASET);
    await database.query(
      sql`update ${stateTable('meta')} set value = '99' where key = 'state_version'`,
    );

    await expect(migrateState(database, DATASET)).rejects.toMatchObject({
      code: 'E_STATE_VERSION',
      message: expect.stringContaining('99') as unknown,
    });
  });

  test('a run on newer state ends before it asks for rows', async () => {
    await using bench = await openBench({ projects: 1, jobs: 2, branches: 1 });
    await migrateState(bench.database, DATASET);
    await bench.database.query(
      sql`update ${stateTable('meta')} set value = '99' where key = 'state_version'`,
    );

    await expect(bench.load()).rejects.toMatchObject({ code: 'E_STATE_VERSION' });
    expect(bench.gitlab.requests.count(/projects/)).toBe(0);
  });
});

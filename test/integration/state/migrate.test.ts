import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { type Database, openPool } from '../../../functions/engine/sql/pool.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import { migrateState, readStateVersion } from '../../../functions/engine/state/migrate.ts';
import { COMPATIBLE_FROM, MIGRATIONS } from '../../../functions/engine/state/migrations.ts';
import { stateNames } from '../../../functions/engine/state/stateNames.ts';
import { makeOlderState } from '../../support/olderState.ts';
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
    const upgrades = await Promise.all(
      Array.from({ length: 6 }, () => migrateState(database, DATASET)),
    );

    expect(await version()).toBe(MIGRATIONS.length);
    expect(upgrades.filter(({ from, to }) => from !== to)).toEqual([
      { from: 0, to: MIGRATIONS.length },
    ]);
  });

  test('changes nothing when the state is as new as the release', async () => {
    await migrateState(database, DATASET);
    await migrateState(database, DATASET);

    expect(await version()).toBe(MIGRATIONS.length);
  });

  test('keeps the history of a state that is a step behind', async () => {
    const names = stateNames(DATASET);
    await makeOlderState(database, MIGRATIONS.length - 1);
    await database.transaction(undefined, async (session) => {
      await session.simple(sql`insert into ${names.table('batch')}
        (resource, partition_key, seq, fence, run_id, scan_id, request, body_sha256, rows_in)
        values ('users', '', 1, 1, gen_random_uuid(), 1, 'GET /users', '', 3)`);
    });

    const upgrade = await migrateState(database, DATASET);

    expect(upgrade).toEqual({ from: MIGRATIONS.length - 1, to: MIGRATIONS.length });

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

  test('refuses newer state that is not for this release', async () => {
    await migrateState(database, DATASET);
    await becomeNewer(database, { version: 99, compatibleFrom: MIGRATIONS.length + 1 });

    await expect(migrateState(database, DATASET)).rejects.toMatchObject({
      code: 'E_STATE_VERSION',
      message: expect.stringContaining('99') as unknown,
    });
  });

  test('refuses newer state that does not say who may use it', async () => {
    await migrateState(database, DATASET);
    await becomeNewer(database, { version: 99, compatibleFrom: 99 });
    await database.query(sql`delete from ${stateTable('meta')} where key = 'compatible_from'`);

    await expect(migrateState(database, DATASET)).rejects.toMatchObject({
      code: 'E_STATE_VERSION',
    });
  });

  test('a run on state that is not for its release ends before it asks for rows', async () => {
    await using bench = await openBench({ projects: 1, jobs: 2, branches: 1 });
    await migrateState(bench.database, DATASET);
    await becomeNewer(bench.database, { version: 99, compatibleFrom: 99 });

    await expect(bench.load()).rejects.toMatchObject({ code: 'E_STATE_VERSION' });
    expect(bench.gitlab.requests.count(/projects/)).toBe(0);
  });

  // G5
  test('a run whose upgrade is ended while it waits for somebody who reads the state makes it anew', async () => {
    await using bench = await openBench({ projects: 1, jobs: 2, branches: 1 });
    await makeOlderState(bench.database, MIGRATIONS.length - 1);
    const waiting = sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and query ilike '%alter table%'`;
    const loaded = await bench.database.transaction(undefined, async (session) => {
      await session.query(sql`select from ${stateTable('partition')}`);
      const loading = bench.load({ request: { resources: ['projects'] } });
      await expect.poll(async () => (await bench.database.query(waiting)).rows.length).toBe(1);
      return { loading };
    });

    expect((await loaded.loading).report.outcome).toBe('done');
    expect(await readStateVersion(bench.database, DATASET)).toBe(MIGRATIONS.length);
  });

  test('an older release goes on with state to which a newer one has only added', async () => {
    await using bench = await openBench({ projects: 1, jobs: 2, branches: 1 });
    const resources = ['projects', 'jobs'];
    await bench.load({ request: { resources } });
    await bench.database.query(
      sql`alter table ${stateTable('partition')} add column mood text not null default 'calm'`,
    );
    await bench.database.query(sql`create table ${stateTable('novelty')} (id int)`);
    const newer = MIGRATIONS.length + 2;
    await becomeNewer(bench.database, { version: newer, compatibleFrom: MIGRATIONS.length });

    const { report } = await bench.load({ request: { resources, mode: 'full' } });

    expect(report.outcome).toBe('done');
    expect(report.problems.filter(({ code }) => code !== 'NOTICE')).toEqual([]);
    expect(await readStateVersion(bench.database, DATASET)).toBe(newer);
  });

  test('state says since when releases may use it, whatever releases upgrade it', async () => {
    await makeOlderState(database, MIGRATIONS.length - 1);

    await migrateState(database, DATASET);

    const { rows } = await database.query(
      sql`select value from ${stateTable('meta')} where key = 'compatible_from'`,
    );
    expect(rows).toEqual([{ value: COMPATIBLE_FROM }]);
    expect(COMPATIBLE_FROM).toBeLessThanOrEqual(MIGRATIONS.length);
  });
});

async function becomeNewer(
  state: Database,
  { version, compatibleFrom }: { readonly version: number; readonly compatibleFrom: number },
): Promise<void> {
  await state.query(
    sql`update ${stateTable('meta')} set value = to_jsonb(case key when 'state_version' then $1::int else $2::int end)
        where key in ('state_version', 'compatible_from')`,
    [version, compatibleFrom],
  );
}

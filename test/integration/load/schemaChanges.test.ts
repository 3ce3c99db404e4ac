import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { catalog } from '../../../functions/catalog.ts';
import { type Database, openPool } from '../../../functions/engine/sql/pool.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import {
  type HistoricChange,
  readSchemaChanges,
} from '../../../functions/engine/state/schemaChanges.ts';
import { openDirectLoader } from '../../support/directLoad.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';
import { DATASET } from '../../support/run.ts';

const { users } = catalog.users.resources;

let created: TestDatabase;
let database: Database;

beforeEach(async () => {
  created = await createDatabase();
  database = openPool({ url: created.url, applicationName: 'tests', max: 6 });
});
afterEach(async () => {
  await database.close();
  await created.drop();
});

/** What is kept of the changes that created no table, oldest first. */
async function additions(): Promise<readonly HistoricChange[]> {
  const changes = await readSchemaChanges(database, DATASET, 1_000);
  return changes.filter(({ change }) => change !== 'table-created').toReversed();
}

describe('a change of the schema', () => {
  test('is kept with run, resource, load, types and the value that made it necessary', async () => {
    const loader = await openDirectLoader(database, { resource: users });
    await loader.load(['[{"id": 1, "coverage": 60}]']);
    const [report] = await loader.load([
      '[{"id": 2, "coverage": 70}, {"id": 3, "coverage": "n/a", "note": {"by": "x"}}]',
    ]);

    const origin = { runId: loader.runId, resource: users.id, loadId: report?.loadId };
    const table = { table: 'api_entities_user', views: [] };
    expect(await additions()).toMatchObject([
      {
        ...{ ...origin, ...table, column: 'coverage__v_text', change: 'variant-added' },
        ...{ oldType: 'bigint', type: 'text', sample: '"n/a"' },
      },
      {
        ...{ ...origin, ...table, column: 'note__by', change: 'column-added' },
        ...{ oldType: null, type: 'text', sample: '"x"' },
      },
    ]);
  });

  test('that makes a table is kept column by column; own columns of dlt have no value', async () => {
    const loader = await openDirectLoader(database, { resource: users });
    await loader.load(['[{"id": 7, "tags": ["a"]}]']);

    const changes = await readSchemaChanges(database, DATASET, 100);

    const told = changes.toReversed().map(({ table, column, sample }) => [table, column, sample]);
    expect(new Set(changes.map(({ change }) => change))).toEqual(new Set(['table-created']));
    expect(told).toEqual([
      ['api_entities_user', 'id', '7'],
      ['api_entities_user', '_dlt_load_id', null],
      ['api_entities_user', '_dlt_id', null],
      ['api_entities_user__tags', 'value', '"a"'],
      ['api_entities_user__tags', '_dlt_root_id', null],
      ['api_entities_user__tags', '_dlt_parent_id', null],
      ['api_entities_user__tags', '_dlt_list_idx', null],
      ['api_entities_user__tags', '_dlt_id', null],
    ]);
  });

  test('never shows a secret', async () => {
    const resource = { ...users, secretFields: ['pin'] };
    const loader = await openDirectLoader(database, { resource });
    await loader.load(['[{"id": 1}]']);
    await loader.load([
      '[{"id": 2, "pin": "hunter2", "feed_token": "hunter2", "keys": [{"private_key": "hunter2"}]}]',
    ]);

    const changes = await readSchemaChanges(database, DATASET, 100);

    expect(JSON.stringify(changes)).not.toContain('hunter2');
    const masked = changes.filter(({ sample }) => sample === '***').map(({ column }) => column);
    expect(masked.toSorted()).toEqual(['feed_token', 'pin', 'private_key']);
  });

  test('that another loader was first with is kept once, beside the type that is there', async () => {
    const one = await openDirectLoader(database, { resource: users });
    await one.load(['[{"id": 1}]']);
    const other = await openDirectLoader(database, { resource: { ...users, id: 'other_users' } });
    await one.load(['[{"id": 2, "state": {"a": 1}}, {"id": 2, "rank": "high"}]']);
    await other.load(['[{"id": 3, "rank": 1}, {"id": 4, "rank": true}]']);

    const kept = (await additions()).map(({ resource, column, oldType }) => ({
      ...{ resource, column, oldType },
    }));

    expect(kept).toEqual([
      { resource: 'users', column: 'state__a', oldType: null },
      { resource: 'users', column: 'rank', oldType: null },
      { resource: 'other_users', column: 'rank__v_bool', oldType: 'text' },
    ]);
  });
});

describe('views', () => {
  beforeEach(async () => {
    const loader = await openDirectLoader(database, { resource: users });
    await loader.load(['[{"id": 1, "name": "Ada"}]']);
    const statements = [
      sql`create schema bi`,
      sql`create view bi.everyone as select * from gitlab_data.api_entities_user`,
      sql`create materialized view bi.names as select name from bi.everyone`,
      sql`create view "count" as select count(*) as n from bi.names`,
      sql`create view bi.loads as select * from gitlab_data._dlt_loads`,
    ];
    for (const statement of statements) await database.query(statement);
  });

  test('that read a table go on working when it gets columns, and see none of them', async () => {
    const loader = await openDirectLoader(database, { resource: users });
    await loader.load([
      '[{"id": 2, "name": "Bob", "age": 5, "tags": ["a"]}, {"id": 3, "name": 9}]',
    ]);

    await database.query(sql`refresh materialized view bi.names`);
    const { rows } = await database.query(sql`select * from bi.everyone order by id`);
    const { rows: counted } = await database.query(sql`select n::int from "count"`);
    expect(rows.map((row) => Object.keys(row))).toEqual(
      Array.from({ length: 3 }, () => ['id', 'name', '_dlt_load_id', '_dlt_id']),
    );
    expect(rows).toMatchObject([{ name: 'Ada' }, { name: 'Bob' }, { name: '9' }]);
    expect(counted).toEqual([{ n: 3 }]);
  });

  test('are kept with the change of the table that they read, by way of other views too', async () => {
    const loader = await openDirectLoader(database, { resource: users });
    await loader.load(['[{"id": 2, "age": 5, "tags": ["a"]}]']);

    const changes = await readSchemaChanges(database, DATASET, 100);

    const views = new Map(
      changes.map(({ table, column, views: list }) => [`${table}.${column}`, list]),
    );
    expect(views.get('api_entities_user.age')).toEqual(['bi.everyone', 'bi.names', 'public.count']);
    expect(views.get('api_entities_user__tags.value')).toEqual([]);
  });

  test('and tables are never dropped by a load that changes the schema', async () => {
    await database.query(sql`create table public.dropped (object text)`);
    await database.query(
      sql`create function public.note_drop() returns event_trigger language plpgsql as $$
          begin insert into public.dropped select object_identity from pg_event_trigger_dropped_objects()
            where not is_temporary; end $$`,
    );
    await database.query(
      sql`create event trigger note_drop on sql_drop execute function public.note_drop()`,
    );
    const loader = await openDirectLoader(database, { resource: users });

    await loader.load(['[{"id": 1, "name": {"first": "A"}}, {"id": 2, "name": 5}]']);
    await loader.load(['[{"id": 1, "tags": [{"a": 1}]}]']);
    await loader.load(['[{"id": 1, "tags": [{"a": "x"}]}]']);

    expect((await additions()).length).toBeGreaterThan(0);
    expect((await database.query(sql`select object from public.dropped`)).rows).toEqual([]);
  });
});

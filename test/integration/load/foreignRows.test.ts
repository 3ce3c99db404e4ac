import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { isSameRow, rowKey } from '../../../functions/engine/load/rowKey.ts';
import {
  countSuperseded,
  deleteSuperseded,
  measureKey,
} from '../../../functions/engine/load/superseded.ts';
import type { ColumnSchema } from '../../../functions/engine/model/schema.ts';
import type { KeyFacts, RowKey } from '../../../functions/engine/model/takeover.ts';
import { qualified } from '../../../functions/engine/sql/identifier.ts';
import { type Database, openPool } from '../../../functions/engine/sql/pool.ts';
import { type Sql, sql } from '../../../functions/engine/sql/sql.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';

const TABLE = qualified('public', 'rows_of_others');
const NO_FACTS: KeyFacts = { nullColumns: [], partsIdentify: false };
let created: TestDatabase;
let database: Database;

beforeEach(async () => {
  created = await createDatabase();
  database = openPool({ url: created.url, applicationName: 'tests', max: 2 });
});
afterEach(async () => {
  await database.close();
  await created.drop();
});

function keyOf(columns: readonly string[], facts = NO_FACTS): RowKey {
  const known = columns.map((name): [string, ColumnSchema] => [
    name,
    { name, type: 'text', nullable: true },
  ]);
  return rowKey({ columns: new Map(known) }, [['project_id', 'key']], facts);
}

/** Makes the table; ids are given by the place of a row, loads too. */
async function fill(columns: readonly string[], rows: readonly (readonly (string | null)[])[]) {
  const names = [...columns, '_dlt_id', '_dlt_load_id'];
  const definition = names.map((name) => `"${name}" text`).join(', ') as Sql;
  const values = rows.map((row, place) => [...row, `id${String(place)}`, `load${String(place)}`]);
  await database.transaction(undefined, async (session) => {
    await session.simple(sql`create table ${TABLE} (${definition})`);
    for (const row of values) {
      const places = row.map((_value, index) => `$${String(index + 1)}`).join(', ') as Sql;
      await session.query(sql`insert into ${TABLE} values (${places})`, row);
    }
  });
}

/** Dedupes as the command does; the places of the rows that stay. */
async function left(columns: readonly string[]): Promise<readonly string[]> {
  return database.transaction(undefined, async (session) => {
    const present = columns.filter((name) => ['project_id', 'key'].includes(name));
    const facts = await measureKey(session, TABLE, { columns: present, foreign: sql`true` });
    const key = keyOf(columns, facts);
    const { superseded } = await countSuperseded(session, TABLE, { key, foreign: sql`true` });
    const table = 'rows_of_others';
    const more = { table, key, children: [], byParent: new Set<string>() };
    expect(await deleteSuperseded(session, 'public', more)).toBe(superseded);
    const { rows } = await session.query<{ id: string }>(
      sql`select _dlt_id as id from ${TABLE} order by 1`,
    );
    return rows.map(({ id }) => id);
  });
}

describe('rows with a part of their key', () => {
  test('are the same only with equal content, and the newest stays', async () => {
    const columns = ['key', 'value'];
    await fill(columns, [
      ['tier', 'gold'],
      ['tier', 'silver'],
      ['tier', 'gold'],
    ]);

    expect(await left(columns)).toEqual(['id1', 'id2']);
  });

  test('are the same with an equal address inside a project, whatever else is in them', async () => {
    const columns = ['key', 'web_url', 'value'];
    await fill(columns, [
      ['main', 'https://gitlab/a/-/tree/main', 'old'],
      ['main', 'https://gitlab/b/-/tree/main', 'other'],
      ['main', 'https://gitlab/a/-/tree/main', 'new'],
    ]);

    expect(await left(columns)).toEqual(['id1', 'id2']);
  });

  test("are not the same by the address of a user's profile", async () => {
    const columns = ['key', 'web_url', 'requested_at'];
    await fill(columns, [
      ['7', 'https://gitlab/ann', 'monday'],
      ['7', 'https://gitlab/ann', 'tuesday'],
    ]);

    expect(await left(columns)).toEqual(['id0', 'id1']);
  });

  test('give way to the whole row of the same object only', async () => {
    const columns = ['project_id', 'key', 'value'];
    await fill(columns, [
      [null, 'tier', 'gold'],
      [null, 'tier', 'silver'],
      ['5', 'tier', 'gold'],
    ]);

    expect(await left(columns)).toEqual(['id1', 'id2']);
  });
});

test('a key that every row has is compared by equality alone, which an index serves', () => {
  const sides = { old: sql`t`, next: sql`s`, known: new Set<string>() };

  expect(isSameRow(keyOf(['project_id', 'key', 'value']), sides)).toBe(
    't."project_id" = s."project_id" and t."key" = s."key"',
  );
});

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { adoptRows } from '../../../functions/engine/load/adopt.ts';
import type { RowKey } from '../../../functions/engine/model/takeover.ts';
import { identifier } from '../../../functions/engine/sql/identifier.ts';
import { type Database, openPool } from '../../../functions/engine/sql/pool.ts';
import { type Sql, sql } from '../../../functions/engine/sql/sql.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';

const KEY: RowKey = {
  common: ['id'],
  owners: [],
  form: 'whole',
  facts: { nullColumns: [], partsIdentify: false },
  address: undefined,
  content: ['a'],
};
const CHAIN = {
  root: 'items',
  method: 'upsert',
  primaryKey: ['id'],
  mergeKey: [],
  hardDelete: undefined,
  scopeColumn: undefined,
  rowIds: [],
  children: [
    { table: 'items__l', parent: 'items' },
    { table: 'items__l__m', parent: 'items__l' },
  ],
} as const;
const STAGE = { table: 'items', columns: ['id', 'a'], rows: 0, tuples: [] };

let created: TestDatabase;
let database: Database;

beforeAll(async () => {
  created = await createDatabase();
  database = openPool({ url: created.url, applicationName: 'tests', max: 2 });
});
beforeEach(async () => {
  await database.query(sql`drop table if exists items, stage, items__l, items__l__m`);
  for (const name of ['items', 'stage'])
    await database.query(
      sql`create table ${identifier(name)} (id int, a int, _dlt_id text, _dlt_load_id text)`,
    );
  for (const { table } of CHAIN.children)
    await database.query(
      sql`create table ${identifier(table)} (_dlt_id text, _dlt_parent_id text, _dlt_root_id text)`,
    );
});
afterAll(async () => {
  await database.close();
  await created.drop();
});

interface Adoption {
  readonly key?: RowKey;
  readonly byParent?: readonly string[];
  readonly staged?: 'nothing';
}

/** Adopts what was loaded before load 5. */
async function adopt({ key = KEY, byParent = [], staged }: Adoption = {}): Promise<void> {
  const job = { job: STAGE, stage: identifier('stage') };
  const rules = { before: '5', key, byParent: new Set(byParent) };
  const text = adoptRows('public', CHAIN, { staged: staged === 'nothing' ? [] : [job], rules });
  await database.transaction(undefined, (session) => session.simple(text));
}

async function fill(rows: Sql): Promise<void> {
  await database.query(rows);
}

async function ids(table = 'items'): Promise<readonly string[]> {
  const { rows } = await database.query<{ id: string }>(
    sql`select _dlt_id as id from ${identifier(table)} order by 1`,
  );
  return rows.map(({ id }) => id);
}

describe('adoptRows', () => {
  test('gives the rows of others the ids of the same objects, and no other row', async () => {
    await fill(sql`insert into items values (1, 1, 'old1', '1'), (2, 1, 'old2', '1')`);
    await fill(sql`insert into stage values (1, 9, 'new1', '6'), (3, 9, 'new3', '6')`);

    await adopt();

    expect(await ids()).toEqual(['new1', 'old2']);
  });

  test('leaves rows alone that are not older than the takeover', async () => {
    await fill(sql`insert into items values (1, 1, 'old1', '5')`);
    await fill(sql`insert into stage values (1, 9, 'new1', '6')`);

    await adopt();

    expect(await ids()).toEqual(['old1']);
  });

  test('leaves rows alone whose object is stored with its id already', async () => {
    await fill(sql`insert into items values (1, 1, 'old1', '1'), (1, 1, 'new1', '6')`);
    await fill(sql`insert into stage values (1, 9, 'new1', '7')`);

    await adopt();

    expect(await ids()).toEqual(['new1', 'old1']);
  });

  test('takes the newest of several rows with one key', async () => {
    await fill(
      sql`insert into items values (1, 1, 'old1', '1'), (1, 1, 'old3', '3'), (1, 1, 'old2', '2')`,
    );
    await fill(sql`insert into stage values (1, 9, 'new1', '6')`);

    await adopt();

    expect(await ids()).toEqual(['new1', 'old1', 'old2']);
  });

  test('takes the one that was written last of rows of one load', async () => {
    await fill(sql`insert into items values (1, 1, 'old1', '1'), (1, 2, 'old2', '1')`);
    await fill(sql`insert into stage values (1, 9, 'new1', '6')`);

    await adopt();

    expect(await ids()).toEqual(['new1', 'old1']);
  });

  test('pairs rows that are alike on both sides, each once', async () => {
    await fill(sql`insert into items values (1, 1, 'old1', '1'), (1, 1, 'old2', '2')`);
    await fill(
      sql`insert into stage values (1, 1, 'new1', '6'), (1, 1, 'new2', '6'), (1, 1, 'new3', '6')`,
    );

    await adopt();

    expect(await ids()).toEqual(['new1', 'new2']);
  });

  test('does nothing where no row of the table is staged', async () => {
    await fill(sql`insert into items values (1, 1, 'old1', '1')`);

    await adopt({ staged: 'nothing' });

    expect(await ids()).toEqual(['old1']);
  });

  test.each([
    { name: 'their root', byParent: [] },
    { name: 'their parent', byParent: ['items__l', 'items__l__m'] },
  ])('deletes what is below adopted rows, found by $name', async ({ byParent }) => {
    const root = byParent.length === 0 ? sql`'old1'` : sql`null`;
    const other = byParent.length === 0 ? sql`'old2'` : sql`null`;
    await fill(sql`insert into items values (1, 1, 'old1', '1'), (2, 1, 'old2', '1')`);
    await fill(sql`insert into items__l values ('l1', 'old1', ${root}), ('l2', 'old2', ${other})`);
    await fill(sql`insert into items__l__m values ('m1', 'l1', ${root}), ('m2', 'l2', ${other})`);
    await fill(sql`insert into stage values (1, 9, 'new1', '6')`);

    await adopt({ byParent });

    expect([await ids('items__l'), await ids('items__l__m')]).toEqual([['l2'], ['m2']]);
  });

  test('keeps two tables apart whose long names begin alike', async () => {
    const roots = ['a', 'b'].map((end) => `${'long_'.repeat(10)}${end}`);
    for (const root of roots) {
      await fill(sql`create table ${identifier(root)} (like items)`);
      await fill(sql`insert into ${identifier(root)} values (1, 1, 'old1', '1')`);
    }
    await fill(sql`insert into stage values (1, 9, 'new1', '6')`);
    const rules = { before: '5', key: KEY, byParent: new Set<string>() };
    const staged = roots.map((table) => ({
      job: { ...STAGE, table },
      stage: identifier('stage'),
    }));

    await database.transaction(undefined, async (session) => {
      for (const root of roots) {
        const chain = { ...CHAIN, root, children: [] };
        await session.simple(adoptRows('public', chain, { staged, rules }));
      }
    });

    expect(await Promise.all(roots.map((root) => ids(root)))).toEqual([['new1'], ['new1']]);
  });

  test('compares everything in a row that lacks a part of its key', async () => {
    const key = { ...KEY, common: [], form: 'part' } as const;
    await fill(sql`insert into items values (1, 1, 'old1', '1'), (1, 2, 'old2', '1')`);
    await fill(sql`insert into stage values (1, 2, 'new2', '6')`);

    await adopt({ key });

    expect(await ids()).toEqual(['new2', 'old1']);
  });
});

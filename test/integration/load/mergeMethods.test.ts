import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { ResourceSpec } from '../../../functions/engine/model/resource.ts';
import { type Database, openPool } from '../../../functions/engine/sql/pool.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';
import { openRecordTable, type RecordTable } from '../../support/recordTable.ts';

let created: TestDatabase;
let database: Database;

beforeAll(async () => {
  created = await createDatabase();
  database = openPool({ url: created.url, applicationName: 'merge', max: 4 });
});
afterAll(async () => {
  await database.close();
  await created.drop();
});

const open = (spec: Partial<ResourceSpec>): Promise<RecordTable> =>
  openRecordTable(database, { primaryKey: ['id'], ...spec });

async function column(table: RecordTable, name: string, from = 'items'): Promise<unknown[]> {
  return (await table.rows(from)).map((row) => row[name]).toSorted();
}

/** The load of each row by its id. */
async function loads(table: RecordTable): Promise<ReadonlyMap<unknown, unknown>> {
  return new Map((await table.rows()).map((row) => [row['id'], row['_dlt_load_id']]));
}

describe('an upsert', () => {
  test.each([
    { name: 'equal rows', next: '[{"id":1,"a":1,"l":[1,2]}]', isWritten: false },
    { name: 'another value', next: '[{"id":1,"a":2,"l":[1,2]}]', isWritten: true },
    { name: 'null for a value', next: '[{"id":1,"a":null,"l":[1,2]}]', isWritten: true },
    { name: 'another child', next: '[{"id":1,"a":1,"l":[1,3]}]', isWritten: true },
    { name: 'one child more', next: '[{"id":1,"a":1,"l":[1,2,3]}]', isWritten: true },
    { name: 'one child less', next: '[{"id":1,"a":1,"l":[1]}]', isWritten: true },
    { name: 'no child', next: '[{"id":1,"a":1,"l":[]}]', isWritten: true },
  ])('of $name writes only what differs', async ({ next, isWritten }) => {
    const table = await open({});
    await table.load(['[{"id":1,"a":1,"l":[1,2]},{"id":2,"a":5,"l":[7]}]']);
    const before = await loads(table);

    await table.load([next.replace(']}]', ']},{"id":2,"a":5,"l":[7]}]')]);

    const after = await loads(table);
    expect(after.get(1) !== before.get(1)).toBe(isWritten);
    expect(after.get(2)).toBe(before.get(2));
    const { a, l } = (JSON.parse(next) as [{ a: number | null; l: readonly number[] }])[0];
    expect(await table.rows()).toMatchObject(
      a === null
        ? [{ id: 1, a: null }, { id: 2 }]
        : [
            { id: 1, a },
            { id: 2, a: 5 },
          ],
    );
    expect(await column(table, 'value', 'items__l')).toEqual([...l, 7].toSorted());
  });

  test('brings new rows with their children beside rows that are known', async () => {
    const table = await open({});
    await table.load(['[{"id":1,"l":[{"m":[1]}]}]']);

    await table.load(['[{"id":1,"l":[{"m":[1,2]}]},{"id":3,"l":[{"m":[9]}]}]']);

    expect(await column(table, 'id')).toEqual([1, 3]);
    expect(await column(table, 'value', 'items__l__m')).toEqual([1, 2, 9]);
    expect(await table.rows('items__l')).toHaveLength(2);
  });

  test('of a row that has nothing but its key keeps its load', async () => {
    const table = await open({});
    await table.load(['[{"id":1},{"id":2}]']);
    const before = await loads(table);

    await table.load(['[{"id":1},{"id":3}]']);

    const after = await loads(table);
    expect(after.get(1)).toBe(before.get(1));
    expect([...after.keys()].toSorted()).toEqual([1, 2, 3]);
  });
});

describe('a hard delete', () => {
  const deleting = { hardDelete: 'gone' } as const;

  test('takes the row with its children and leaves every other', async () => {
    const table = await open(deleting);
    await table.load([
      '[{"id":1,"gone":false,"l":[1]},{"id":2,"gone":false,"l":[2]},{"id":3,"gone":null,"l":[3]}]',
    ]);

    await table.load(['[{"id":1,"gone":true,"l":[1]},{"id":2,"gone":false,"l":[4]}]']);

    expect(await column(table, 'id')).toEqual([2, 3]);
    expect(await column(table, 'value', 'items__l')).toEqual([3, 4]);
  });

  test('of a row that was never stored stores nothing', async () => {
    const table = await open(deleting);
    await table.load(['[{"id":1,"gone":true,"l":[1]},{"id":2,"gone":false,"l":[2]}]']);

    expect(await column(table, 'id')).toEqual([2]);
    expect(await column(table, 'value', 'items__l')).toEqual([2]);
  });

  test('that no record has yet deletes nothing', async () => {
    const table = await open(deleting);
    await table.load(['[{"id":1,"l":[1]}]']);

    await table.load(['[{"id":1,"l":[2]}]']);

    expect(await column(table, 'value', 'items__l')).toEqual([2]);
  });
});

describe('insert-only', () => {
  const adding = { mergeStrategy: 'insert-only', hardDelete: 'gone' } as const;

  test('adds unknown rows with their children and changes none', async () => {
    const table = await open({ mergeStrategy: 'insert-only' });
    await table.load(['[{"id":1,"a":1,"l":[1]}]']);

    await table.load(['[{"id":1,"a":2,"l":[1]},{"id":2,"a":3,"l":[5,6]}]']);

    expect(await table.rows()).toMatchObject([
      { id: 1, a: 1 },
      { id: 2, a: 3 },
    ]);
    expect(await column(table, 'value', 'items__l')).toEqual([1, 5, 6]);
  });

  test('leaves out rows that say that they are deleted, with their children', async () => {
    const table = await open(adding);

    await table.load(['[{"id":1,"gone":true,"l":[1]},{"id":2,"gone":false,"l":[2]}]']);

    expect(await column(table, 'id')).toEqual([2]);
    expect(await column(table, 'value', 'items__l')).toEqual([2]);
  });
});

describe('a merge key', () => {
  const keyed = { mergeKey: ['day'] } as const;

  test('takes rows that share it with their children, and leaves other days', async () => {
    const table = await open(keyed);
    await table.load([
      '[{"id":1,"day":1,"l":[1]},{"id":2,"day":1,"l":[2]},{"id":3,"day":2,"l":[3]}]',
    ]);

    await table.load(['[{"id":1,"day":1,"l":[4]},{"id":4,"day":1,"l":[5]}]']);

    expect(await column(table, 'id')).toEqual([1, 3, 4]);
    expect(await column(table, 'value', 'items__l')).toEqual([3, 4, 5]);
  });

  test('of two columns takes rows that share both', async () => {
    const table = await open({ mergeKey: ['day', 'place'] });
    await table.load(['[{"id":1,"day":1,"place":1},{"id":2,"day":1,"place":2}]']);

    await table.load(['[{"id":3,"day":1,"place":2}]']);

    expect(await column(table, 'id')).toEqual([1, 3]);
  });
});

describe('replace', () => {
  test('takes what is below the replaced rows on every level', async () => {
    const table = await openRecordTable(database, { writeDisposition: 'replace' });
    await table.load(['[{"a":1,"l":[{"m":[1,2]}]}]']);

    await table.load(['[{"a":2,"l":[{"m":[3]}]}]']);

    expect(await column(table, 'a')).toEqual([2]);
    expect(await table.rows('items__l')).toHaveLength(1);
    expect(await column(table, 'value', 'items__l__m')).toEqual([3]);
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { ResourceSpec } from '../../../functions/engine/model/resource.ts';
import { type Database, openPool } from '../../../functions/engine/sql/pool.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';
import { openRecordTable } from '../../support/recordTable.ts';

const HIGHEST = { column: 'seq', keep: 'highest' } as const;
const LOWEST = { column: 'seq', keep: 'lowest' } as const;

interface Case {
  readonly name: string;
  readonly pages: readonly string[];
  readonly dedupSort?: NonNullable<ResourceSpec['dedupSort']>;
  readonly spec?: Partial<ResourceSpec>;
  /** Values of the column `a` that are left. */
  readonly left: readonly string[];
}

/** What dlt 1.26 leaves of the same pages in one load by delete-insert. */
const CASES: readonly Case[] = [
  {
    name: 'the highest value wins on whatever page it is',
    pages: ['[{"id":1,"seq":5,"a":"5"}]', '[{"id":1,"seq":9,"a":"9"},{"id":1,"seq":7,"a":"7"}]'],
    left: ['9'],
  },
  {
    name: 'a later page with a lower value changes nothing',
    pages: ['[{"id":1,"seq":9,"a":"9"}]', '[{"id":1,"seq":5,"a":"5"}]'],
    left: ['9'],
  },
  {
    name: 'the lowest value wins',
    dedupSort: LOWEST,
    pages: [
      '[{"id":1,"seq":9,"a":"9"}]',
      '[{"id":1,"seq":5,"a":"5"}]',
      '[{"id":1,"seq":7,"a":"7"}]',
    ],
    left: ['5'],
  },
  {
    name: 'null counts as the highest',
    pages: [
      '[{"id":1,"seq":5,"a":"5"}]',
      '[{"id":1,"seq":null,"a":"null"}]',
      '[{"id":1,"seq":9,"a":"9"}]',
    ],
    left: ['null'],
  },
  {
    name: 'null is not the lowest',
    dedupSort: LOWEST,
    pages: ['[{"id":1,"seq":null,"a":"null"}]', '[{"id":1,"seq":5,"a":"5"}]'],
    left: ['5'],
  },
  {
    name: 'the first of equal values wins',
    pages: [
      '[{"id":1,"seq":5,"a":"1st"}]',
      '[{"id":1,"seq":5,"a":"2nd"},{"id":1,"seq":4,"a":"3rd"}]',
    ],
    left: ['1st'],
  },
  {
    name: 'a value that stands in a variant column is null in the column',
    pages: ['[{"id":1,"seq":5,"a":"5"}]', '[{"id":1,"seq":"x","a":"x"}]'],
    left: ['x'],
  },
  {
    name: 'values are compared as the column has them',
    pages: [
      '[{"id":1,"seq":9,"a":"9"}]',
      '[{"id":1,"seq":"10","a":"10"}]',
      '[{"id":1,"seq":8.0,"a":"8"}]',
    ],
    left: ['10'],
  },
  {
    name: 'instants are compared across time zones',
    pages: [
      '[{"id":1,"seq":"2024-01-01T09:30:00Z","a":"later"}]',
      '[{"id":1,"seq":"2024-01-01T10:00:00+02:00","a":"earlier"}]',
    ],
    left: ['later'],
  },
  {
    name: 'a nested field sorts by its column',
    dedupSort: { column: 'o__seq', keep: 'highest' },
    pages: ['[{"id":1,"o":{"seq":9},"a":"9"}]', '[{"id":1,"o":{"seq":5},"a":"5"}]'],
    left: ['9'],
  },
  {
    name: 'a column that no record has sorts nothing',
    dedupSort: { column: 'nowhere', keep: 'highest' },
    pages: ['[{"id":1,"a":"1st"}]', '[{"id":1,"a":"2nd"}]'],
    left: ['1st'],
  },
  {
    name: 'a deletion wins over what it came after',
    spec: { hardDelete: 'del' },
    pages: ['[{"id":1,"seq":5,"a":"5","del":true}]', '[{"id":1,"seq":3,"a":"3","del":false}]'],
    left: [],
  },
  {
    name: 'every key has its own best',
    pages: [
      '[{"id":1,"seq":1,"a":"a1"},{"id":2,"seq":2,"a":"b2"}]',
      '[{"id":2,"seq":1,"a":"b1"},{"id":1,"seq":2,"a":"a2"}]',
    ],
    left: ['a2', 'b2'],
  },
];

describe('dedupSort', () => {
  let created: TestDatabase;
  let database: Database;

  beforeAll(async () => {
    created = await createDatabase();
    database = openPool({ url: created.url, applicationName: 'sorts', max: 4 });
  });
  afterAll(async () => {
    await database.close();
    await created.drop();
  });

  const openSorted = (spec: Partial<ResourceSpec> = {}) =>
    openRecordTable(database, { primaryKey: ['id'], dedupSort: HIGHEST, ...spec });

  test.each(CASES)('$name', async ({ pages, dedupSort = HIGHEST, spec, left }) => {
    const table = await openSorted({ ...spec, dedupSort });

    await table.load(pages);

    expect((await table.rows()).map(({ a }) => a)).toEqual(left);
  });

  test('the rows below the winner are its own', async () => {
    const table = await openSorted();

    await table.load([
      '[{"id":1,"seq":5,"l":[1,2,3]},{"id":2,"seq":1,"l":[7]}]',
      '[{"id":1,"seq":9,"l":[4]},{"id":1,"seq":7,"l":[5,6]}]',
    ]);

    const values = (await table.rows('items__l')).map(({ value }) => value);
    expect(values.toSorted()).toEqual([4, 7]);
  });

  test('a later scan replaces what an earlier one left, also by a lower value', async () => {
    const table = await openSorted();
    await table.load(['[{"id":1,"seq":9,"a":"old"}]', '[{"id":1,"seq":8,"a":"older"}]']);

    await table.load(['[{"id":1,"seq":2,"a":"2"}]', '[{"id":1,"seq":3,"a":"3"}]']);

    expect(await table.rows()).toMatchObject([{ id: 1, seq: 3, a: '3' }]);
  });

  test('a winner that equals what is stored keeps its load', async () => {
    const table = await openSorted();
    await table.load(['[{"id":1,"seq":9,"a":"9"}]']);
    const before = await table.rows();

    await table.load(['[{"id":1,"seq":5,"a":"5"}]', '[{"id":1,"seq":9,"a":"9"}]']);

    expect(await table.rows()).toEqual(before);
  });

  test('pages that bring new columns and numbers of two kinds leave the same winner', async () => {
    const table = await openSorted();

    await table.load([
      '[{"id":1,"seq":7,"a":"7"}]',
      '[{"id":1,"seq":9007199254740993,"a":"big","late":[1.5]}]',
      '[{"id":1,"seq":9007199254740992,"a":"smaller","v":7.0},{"id":1,"seq":1.5,"v":"x"}]',
    ]);

    expect(await table.rows()).toMatchObject([{ id: 1, a: null, seq: null, seq__v_double: 1.5 }]);
  });
});

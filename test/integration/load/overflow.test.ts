import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { catalog } from '../../../functions/catalog.ts';
import type { ResourceSpec } from '../../../functions/engine/model/resource.ts';
import { qualified } from '../../../functions/engine/sql/identifier.ts';
import { type Database, openPool } from '../../../functions/engine/sql/pool.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import { openDirectLoader } from '../../support/directLoad.ts';
import { violations } from '../../support/invariants.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';
import { DATASET, stateTable } from '../../support/run.ts';
import { readStored, type StoredRow } from '../../support/stored.ts';

const USERS: ResourceSpec = catalog.users.resources.users;
const TABLE = 'api_entities_user';
/** `_dlt_load_id`, `_dlt_id` and `id`. */
const FIXED = 3;
const FULL = 400 - FIXED;

let created: TestDatabase;
let database: Database;

beforeEach(async () => {
  created = await createDatabase();
  database = openPool({ url: created.url, applicationName: 'tests', max: 4 });
});
afterEach(async () => {
  expect(await violations(database)).toEqual([]);
  await database.close();
  await created.drop();
});

async function load(records: readonly string[], resource = USERS): Promise<number> {
  const loader = await openDirectLoader(database, { resource });
  const [report] = await loader.load([`[${records.join(',')}]`]);
  return report?.rows ?? 0;
}

/** Members `<prefix>0` to `<prefix>(count - 1)`, each with its number. */
function members(prefix: string, count: number): string {
  return Array.from({ length: count }, (_, n) => `"${prefix}${String(n)}":${String(n)}`).join(',');
}

/** A record that leaves its table no more columns. */
const wide = (id: number, more = ''): string =>
  `{${members('k', FULL)}${more === '' ? '' : `,${more}`},"id":${String(id)}}`;

async function rowOf(id: number, table = TABLE): Promise<StoredRow> {
  const { rows } = (await readStored(database, DATASET)).get(table) ?? { rows: [] };
  const row = rows.find((one) => one['id'] === String(id));
  if (row === undefined) throw new Error(`no row ${String(id)}`);
  return row;
}

async function columnsOf(table: string): Promise<readonly string[]> {
  return [...((await readStored(database, DATASET)).get(table)?.types.keys() ?? [])];
}

function parsed(row: StoredRow): unknown {
  return JSON.parse(row['_overflow'] ?? 'null');
}

describe('a table with 400 columns', () => {
  // G4
  test('has what a record holds beyond them in one more', async () => {
    await load([`{${members('k', 5_000)},"id":1}`]);

    const row = await rowOf(1);
    const columns = await columnsOf(TABLE);
    expect([columns.length, columns.filter((name) => /^k\d/.test(name)).length]).toEqual([
      401,
      FULL,
    ]);
    expect(row).toMatchObject({ id: '1', [`k${String(FULL - 1)}`]: String(FULL - 1) });
    const beyond = Array.from({ length: 5_000 - FULL }, (_, n) => [
      `k${String(FULL + n)}`,
      FULL + n,
    ]);
    expect(parsed(row)).toEqual(Object.fromEntries(beyond));
  });

  test('has no such column as long as nothing is beyond', async () => {
    await load([wide(1)]);

    expect(await columnsOf(TABLE)).toHaveLength(400);
    expect(await columnsOf(TABLE)).not.toContain('_overflow');
  });

  test('keeps every digit, nested values by the names of their columns, and no NUL', async () => {
    await load([wide(1, '"big":12345678901234567890,"one":1.0,"a":{"b":"x\\u0000y"},"none":null')]);

    expect((await rowOf(1))['_overflow']).toBe(
      '{"big": 12345678901234567890, "one": 1.0, "a__b": "xy"}',
    );
  });

  test('tells keys apart that have one name', async () => {
    await load([wide(1), wide(2, '"fooBar":1,"foo_bar":2')]);

    const overflow = Object.entries(parsed(await rowOf(2)) as object);
    expect(overflow.map(([, value]) => value as number).toSorted()).toEqual([1, 2]);
    expect(overflow).toContainEqual(['foo_bar', 2]);
  });

  test('has a value of another type there by the name of its variant column', async () => {
    await load([wide(1), `{"id":2,"k5":"five"}`]);

    expect(await rowOf(2)).toMatchObject({ k5: null, _overflow: '{"k5__v_text": "five"}' });
  });

  test('does not change where a later page has nothing new, and does where the overflow has', async () => {
    await load([wide(1, '"beyond":1'), wide(2, '"beyond":1')]);
    const before = await rowOf(1);

    const written = await load([wide(1, '"beyond":1'), wide(2, '"beyond":2')]);

    expect(written).toBe(1);
    expect((await rowOf(1))['_dlt_load_id']).toBe(before['_dlt_load_id']);
    expect((await rowOf(2))['_overflow']).toBe('{"beyond": 2}');
  });

  test('forgets a value beyond that GitLab sends no more', async () => {
    await load([wide(1, '"beyond":1')]);

    await load([wide(1)]);

    expect((await rowOf(1))['_overflow']).toBeNull();
  });

  test('still gets the columns that its resource must have', async () => {
    await load([wide(1)]);

    await load([`{"id":2,"is_gone":false,"extra":1}`], { ...USERS, hardDelete: 'is_gone' });

    expect(await rowOf(2)).toMatchObject({ is_gone: 'false', _overflow: '{"extra": 1}' });
  });

  test('is a child table as well', async () => {
    await load([`{"id":1,"list":[{${members('m', 400)}},{"m0":1,"m399":2}]}`]);

    const list = (await readStored(database, DATASET)).get(`${TABLE}__list`);
    expect(list?.types.size).toBe(401);
    expect(list?.rows[0]).toMatchObject({
      _overflow: expect.stringContaining('"m399": 399') as unknown,
    });
    expect(list?.rows[1]).toMatchObject({ m0: '1', _overflow: '{"m399": 2}' });
  });

  // G7
  test('is told to dlt with a column of json that may be null', async () => {
    await load([wide(1, '"beyond":1')]);

    const { rows } = await database.query<{ column: unknown }>(
      sql`select schema::jsonb #> array['tables', $1::text] as column from ${qualified(DATASET, '_dlt_version')}`,
      [TABLE],
    );

    expect(rows.at(-1)?.column).toMatchObject({
      columns: { _overflow: { name: '_overflow', data_type: 'json', nullable: true } },
    });
  });

  test('gives its versions an id of all that they hold', async () => {
    const table = 'api_entities_user_version';
    const versions: ResourceSpec = { ...USERS, table, mergeStrategy: 'scd2' };
    await load([wide(1, '"beyond":1')], versions);

    await load([wide(1, '"beyond":2')], versions);

    const { rows } = (await readStored(database, DATASET)).get(table) ?? { rows: [] };
    const found = rows.map((row) => [row['_overflow']?.slice(-12), row['_dlt_valid_to'] === null]);
    expect(found.toSorted()).toEqual([
      ['"beyond": 1}', false],
      ['"beyond": 2}', true],
    ]);
  });
});

describe('a table to which two runs add columns', () => {
  const HALF = (FULL >> 1) + 2;

  // G4
  test.each([
    { table: 'exists', first: ['{"id":0}'] },
    { table: 'does not exist yet', first: [] },
  ])('gets 400 together, and no value is lost, when it $table', async ({ first }) => {
    if (first.length > 0) await load(first);
    const one = await openDirectLoader(database, { resource: USERS });
    const other = await openDirectLoader(database, { resource: USERS });

    await one.load([`[{${members('a', HALF)},"id":1}]`]);
    await other.load([`[{${members('b', HALF)},"id":2}]`]);

    const columns = await columnsOf(TABLE);
    expect(columns.filter((name) => name !== '_overflow')).toHaveLength(400);
    expect(await valuesOf(1, 'a')).toEqual(numbers(HALF));
    expect(await valuesOf(2, 'b')).toEqual(numbers(HALF));
  });

  const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n);

  /** What a row has of `members`, in its columns or beyond them. */
  async function valuesOf(id: number, prefix: string): Promise<readonly number[]> {
    const row = await rowOf(id);
    const beyond = (parsed(row) ?? {}) as Readonly<Record<string, number>>;
    const values = Object.entries({ ...row, ...beyond }).flatMap(([name, value]) =>
      new RegExp(`^${prefix}\\d+$`).test(name) && value !== null ? [Number(value)] : [],
    );
    return values.toSorted((left, right) => left - right);
  }
});

describe('a table whose contract lets nothing in', () => {
  test('leaves out what is beyond its columns, also when it is new', async () => {
    const frozen: ResourceSpec = { ...USERS, contract: { columns: 'discard_value' } };

    await load([`{${members('k', 450)},"id":1}`], frozen);

    expect(await columnsOf(TABLE)).toHaveLength(400);
    const { rows } = await database.query(
      sql`select count(*)::int as columns, sum(left_out)::int as times from ${stateTable('contract_violation')}`,
    );
    expect(rows).toEqual([{ columns: 450 - FULL, times: 450 - FULL }]);
  });

  test('fails where the contract is frozen', async () => {
    const frozen: ResourceSpec = { ...USERS, contract: { columns: 'freeze' } };

    await expect(load([`{${members('k', 450)},"id":1}`], frozen)).rejects.toMatchObject({
      code: 'E_CONTRACT',
      message: expect.stringContaining("'api_entities_user.k397'") as unknown,
    });
    await database.query(
      sql`update ${stateTable('partition')} set owner = null, lease_until = null`,
    );
  });
});

test("a field called '_overflow' is kept in the overflow column", async () => {
  await load([`{"id":1,"_overflow":"mine"}`, `{"id":2}`]);

  expect(await rowOf(1)).toMatchObject({ _overflow: '{"_overflow": "mine"}' });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type Database, openPool } from '../../../functions/engine/sql/pool.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';

let created: TestDatabase;
let database: Database;

beforeAll(async () => {
  created = await createDatabase();
  database = openPool({ url: created.url, applicationName: 'pool-test', max: 2 });
});

afterAll(async () => {
  await database.close();
  await created.drop();
});

/** The only value of the only row. */
async function value(text: ReturnType<typeof sql>): Promise<unknown> {
  const { rows } = await database.query<{ value: unknown }>(text);
  return rows[0]?.value;
}

describe('values', () => {
  test.each([
    {
      name: 'int8',
      text: sql`select 9223372036854775807 as value`,
      expected: 9223372036854775807n,
    },
    {
      name: 'int8[]',
      text: sql`select array[9007199254740993, null]::bigint[] as value`,
      expected: [9007199254740993n, null],
    },
    { name: 'int4', text: sql`select 7 as value`, expected: 7 },
    { name: 'numeric', text: sql`select 1.10::numeric as value`, expected: '1.10' },
    { name: 'float8', text: sql`select 0.1::float8 as value`, expected: 0.1 },
    { name: 'date', text: sql`select date '2026-01-31' as value`, expected: '2026-01-31' },
    {
      name: 'timestamptz',
      text: sql`select timestamptz '2026-01-31 12:00:00.123+02' as value`,
      expected: new Date('2026-01-31T10:00:00.123Z'),
    },
    { name: 'jsonb', text: sql`select '{"a":[1]}'::jsonb as value`, expected: { a: [1] } },
    { name: 'null', text: sql`select null::bigint as value`, expected: null },
  ])('$name arrives exactly', async ({ text, expected }) => {
    expect(await value(text)).toEqual(expected);
  });

  test('parameters arrive exactly', async () => {
    const { rows } = await database.query(
      sql`select $1::bigint as big, $2::bigint[] as list, $3::timestamptz as at, $4::jsonb as json, $5::bytea as bytes`,
      [9007199254740993n, [1n, 9007199254740993n], new Date(0), '{"a":1}', Buffer.from([0, 255])],
    );

    expect(rows).toEqual([
      {
        big: 9007199254740993n,
        list: [1n, 9007199254740993n],
        at: new Date(0),
        json: { a: 1 },
        bytes: Buffer.from([0, 255]),
      },
    ]);
  });

  test('other users of pg in the process keep their own reading of int8', async () => {
    const { default: pg } = await import('pg');

    const parse = pg.types.getTypeParser(pg.types.builtins.INT8) as (text: string) => unknown;

    expect(parse('1')).toBe('1');
  });
});

describe('openPool', () => {
  test('more work than connections waits for its turn', async () => {
    const work = Array.from({ length: 10 }, () => database.query(sql`select pg_sleep(0.01)`));

    expect(await Promise.all(work)).toHaveLength(10);
  });

  test('a connection that the server ends while idle is replaced', async () => {
    const victim = openPool({ url: created.url, applicationName: 'victim', max: 1 });
    await victim.query(sql`select 1`);

    await database.query(
      sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'victim'`,
    );
    await new Promise((resolve) => setTimeout(resolve, 100));

    const { rows } = await victim.query(sql`select 2 as value`);
    expect(rows).toEqual([{ value: 2 }]);
    await victim.close();
  });

  test('a connection that the server ends while it works fails that statement only', async () => {
    const victim = openPool({ url: created.url, applicationName: 'busy-victim', max: 1 });
    const busy = victim.query(sql`select pg_sleep(20)`);
    const failed = expect(busy).rejects.toMatchObject({ code: 'E_DATABASE_UNREACHABLE' });

    await endBackends('busy-victim');
    await failed;

    const { rows } = await victim.query(sql`select 2 as value`);
    expect(rows).toEqual([{ value: 2 }]);
    await victim.close();
  });

  test('closing twice is closing once', async () => {
    const other = openPool({ url: created.url, applicationName: 'other', max: 1 });
    await other.query(sql`select 1`);

    await other.close();
    await expect(other.close()).resolves.toBeUndefined();
  });
});

/** Ends the backends of an application once there are any. */
async function endBackends(applicationName: string): Promise<void> {
  for (;;) {
    const { rowCount } = await database.query(
      sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 and state = 'active'`,
      [applicationName],
    );
    if (rowCount > 0) return;
  }
}

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { binaryCopy } from '../../../functions/engine/sql/copy.ts';
import { type Database, openPool } from '../../../functions/engine/sql/pool.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';

const COPY = sql`copy pit (id, name) from stdin (format binary)`;

let created: TestDatabase;
let database: Database;

beforeAll(async () => {
  created = await createDatabase();
  database = openPool({ url: created.url, applicationName: 'copy-test', max: 2 });
});

beforeEach(async () => {
  await database.query(sql`drop table if exists pit`);
  await database.query(sql`create table pit (id bigint primary key, name text)`);
});

afterAll(async () => {
  await database.close();
  await created.drop();
});

/** One tuple of an int8 and a text. */
function tuple(id: bigint, name: string): Buffer {
  const text = Buffer.from(name);
  const head = Buffer.alloc(18);
  head.writeInt16BE(2, 0);
  head.writeInt32BE(8, 2);
  head.writeBigInt64BE(id, 6);
  head.writeInt32BE(text.length, 14);
  return Buffer.concat([head, text]);
}

function copy(tuples: Iterable<Buffer>): Promise<number> {
  return database.transaction(undefined, (session) => session.copyIn(COPY, binaryCopy(tuples)));
}

async function count(): Promise<unknown> {
  const { rows } = await database.query<{ rows: bigint }>(sql`select count(*) as rows from pit`);
  return rows[0]?.rows;
}

describe('copyIn', () => {
  test('binary tuples arrive as they are', async () => {
    const copied = await copy([tuple(9223372036854775807n, 'Zoë\t\\N 🐢'), tuple(-1n, '')]);

    const { rows } = await database.query(sql`select id, name from pit order by id`);
    expect(copied).toBe(2);
    expect(rows).toEqual([
      { id: -1n, name: '' },
      { id: 9223372036854775807n, name: 'Zoë\t\\N 🐢' },
    ]);
  });

  test('no tuples are no rows', async () => {
    expect(await copy([])).toBe(0);
  });

  test('the sender waits for the server instead of filling the memory', async () => {
    const count = 2_000;
    let taken = 0;
    function* tuples(): Generator<Buffer> {
      for (; taken < count; taken += 1) yield tuple(BigInt(taken), 'x'.repeat(10_000));
    }

    const copying = await database.transaction(undefined, async (session) => {
      await session.query(sql`lock table pit`);
      const blocked = copy(tuples());
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(taken).toBeLessThan(50);
      return { blocked };
    });

    expect(await copying.blocked).toBe(count);
  });

  test('a tuple that the server refuses is an error that names the place, and the connection lives on', async () => {
    const single = openPool({ url: created.url, applicationName: 'single', max: 1 });
    const wrong = tuple(2n, 'Tom');
    wrong.writeInt32BE(4, 2);

    const copying = single.transaction(undefined, (session) =>
      session.copyIn(COPY, binaryCopy([tuple(1n, 'Rex'), wrong])),
    );

    await expect(copying).rejects.toMatchObject({
      code: 'E_DATABASE',
      details: { sqlstate: '08P01', where: 'COPY pit, line 2, column id' },
    });
    expect((await single.query(sql`select 1 as one`)).rows).toEqual([{ one: 1 }]);
    await single.close();
  });

  test('a table that does not exist is an error, however much is sent', async () => {
    const big = Array.from({ length: 200 }, (_, id) => tuple(BigInt(id), 'x'.repeat(100_000)));

    const copying = database.transaction(undefined, (session) =>
      session.copyIn(sql`copy nothing from stdin (format binary)`, binaryCopy(big)),
    );

    await expect(copying).rejects.toMatchObject({ details: { sqlstate: '42P01' } });
  });

  test('an error of the sender undoes the copy and is the error', async () => {
    const failure = new Error('a value does not fit');
    function* tuples(): Generator<Buffer> {
      for (let id = 0n; id < 5_000n; id += 1n) yield tuple(id, 'x'.repeat(1_000));
      throw failure;
    }

    await expect(copy(tuples())).rejects.toBe(failure);
    expect(await count()).toBe(0n);
  });

  test('a backend that ends during the copy is a lost connection, and nothing crashes', async () => {
    const own = openPool({ url: created.url, applicationName: 'own', max: 1 });
    const copying = own.transaction(undefined, async (session) => {
      const { rows } = await session.query<{ pid: number }>(sql`select pg_backend_pid() as pid`);
      setTimeout(() => {
        void database.query(sql`select pg_terminate_backend($1::int)`, [rows[0]?.pid ?? 0]);
      }, 20);
      return session.copyIn(COPY, binaryCopy(endless()));
    });

    await expect(copying).rejects.toMatchObject({ code: 'E_DATABASE_UNREACHABLE' });
    expect(await count()).toBe(0n);
    await own.close();
  });

  test('an abort ends the copy with its reason', async () => {
    const reason = new Error('time is up');
    const abort = new AbortController();
    setTimeout(() => {
      abort.abort(reason);
    }, 50);

    const copying = database.transaction(abort.signal, (session) =>
      session.copyIn(COPY, binaryCopy(endless())),
    );

    await expect(copying).rejects.toBe(reason);
    expect(await count()).toBe(0n);
  });
});

function* endless(): Generator<Buffer> {
  const name = 'x'.repeat(10_000);
  for (let id = 0n; ; id += 1n) yield tuple(id, name);
}

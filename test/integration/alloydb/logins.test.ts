import { randomBytes } from 'node:crypto';

import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type DriverOptions, iamUser } from '../../../functions/engine/alloydb/index.ts';
import { identifier } from '../../../functions/engine/sql/identifier.ts';
import { literal, sql } from '../../../functions/engine/sql/sql.ts';
import {
  type FakeAlloydb,
  INSTANCE_URI,
  startFakeAlloydb,
} from '../../support/alloydb/fakeAlloydb.ts';
import { administrate, createDatabase, type TestDatabase } from '../../support/postgres.ts';

let database: TestDatabase;
let alloydb: FakeAlloydb;
let login: { readonly user: string; readonly password: string; readonly database: string };

beforeAll(async () => {
  database = await createDatabase();
  alloydb = await startFakeAlloydb({ databaseUrl: database.url });
  const { username: user, password, pathname } = new URL(database.url);
  login = { user, password: decodeURIComponent(password), database: pathname.slice(1) };
});

afterAll(async () => {
  await alloydb[Symbol.asyncDispose]();
  await database.drop();
});

/** Works with a pool of connections that the connector makes. */
async function withPool<T>(
  options: Pick<DriverOptions, 'stream' | 'ssl'> & pg.PoolConfig,
  work: (pool: pg.Pool) => Promise<T>,
): Promise<T> {
  const pool = new pg.Pool({ max: 4, ...login, ...options });
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
}

describe('a login with a password', () => {
  test('queries through pg.Pool, side by side, with one certificate for all', async () => {
    const options = await alloydb.connector().getOptions({ instanceUri: INSTANCE_URI });
    const calls = alloydb.api.calls.length;

    const backends = await withPool(options, (pool) =>
      Promise.all(
        [1, 2, 3, 4].map(() =>
          pool.query<{ pid: number }>('select pg_backend_pid() as pid, pg_sleep(0.02)'),
        ),
      ),
    );

    expect(new Set(backends.map(({ rows }) => rows[0]?.pid)).size).toBe(4);
    expect(alloydb.api.calls).toHaveLength(calls);
    expect(alloydb.server.exchanges.at(-1)).toMatchObject({
      authType: 1,
      userAgent: expect.stringMatching(/^alloydb-nodejs-connector\//) as string,
    });
  });

  test('works through pg.Client, with PGSSLMODE set for other servers', async () => {
    const options = await alloydb.connector().getOptions({ instanceUri: INSTANCE_URI });
    process.env['PGSSLMODE'] = 'verify-full';
    const client = new pg.Client({ ...login, ...options });
    delete process.env['PGSSLMODE'];
    await client.connect();

    const { rows } = await client.query('select 1 as one');
    await client.end();

    expect(rows).toEqual([{ one: 1 }]);
  });

  test('is refused by PostgreSQL when the password is wrong', async () => {
    const options = await alloydb.connector().getOptions({ instanceUri: INSTANCE_URI });

    const refused = withPool({ ...options, password: 'wrong' }, (pool) => pool.query('select 1'));

    await expect(refused).rejects.toMatchObject({ code: '28P01' });
  });
});

describe('a login with IAM', () => {
  test('is the service account without its domain, with the token for logins', async () => {
    const account = `loader-${randomBytes(4).toString('hex')}@acme.iam.gserviceaccount.com`;
    const user = iamUser(account);
    const options = await alloydb
      .connector()
      .getOptions({ instanceUri: INSTANCE_URI, authType: 'IAM' });
    const token = await options.password?.();
    const role = identifier(user);
    await administrate(database.url, (admin) =>
      admin.query(sql`create role ${role} login password ${literal(token ?? '')}`),
    );

    const { rows } = await withPool({ ...options, user }, (pool) =>
      pool.query('select current_user::text as name'),
    );
    await administrate(database.url, (admin) => admin.query(sql`drop role ${role}`));

    expect(rows).toEqual([{ name: account.replace('.gserviceaccount.com', '') }]);
    expect(alloydb.server.exchanges.at(-1)).toMatchObject({ authType: 2, token });
    expect(alloydb.office.scopeOf(token ?? '')).toMatch(/\/auth\/alloydb\.login$/);
  });
});

describe('the stream', () => {
  test('carries megabytes both ways', async () => {
    const options = await alloydb.connector().getOptions({ instanceUri: INSTANCE_URI });
    const text = randomBytes(3 << 20).toString('hex');

    const { rows } = await withPool(options, (pool) =>
      pool.query<{ text: string }>('select $1::text as text', [text]),
    );

    expect(rows[0]?.text === text).toBe(true);
  });

  test('reads an answer of the exchange that comes byte by byte', async () => {
    alloydb.state.dribbles = true;
    const options = await alloydb.connector().getOptions({ instanceUri: INSTANCE_URI });

    const { rows } = await withPool(options, (pool) => pool.query('select 1 as one'));
    alloydb.state.dribbles = false;

    expect(rows).toEqual([{ one: 1 }]);
  });

  test('that the server breaks fails what is under way; the next one works', async () => {
    const options = await alloydb.connector().getOptions({ instanceUri: INSTANCE_URI });

    await withPool(options, async (pool) => {
      pool.on('error', () => undefined);
      const client = await pool.connect();
      client.on('error', () => undefined);
      const broken = client.query('select pg_sleep(60)');
      alloydb.server.drop();
      await expect(broken).rejects.toThrow();
      client.release(true);

      expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    });
  });

  test('tells what PostgreSQL says before it ends a connection', async () => {
    const options = await alloydb.connector().getOptions({ instanceUri: INSTANCE_URI });

    const refused = withPool({ ...options, database: 'nowhere' }, (pool) => pool.query('select 1'));

    await expect(refused).rejects.toMatchObject({ code: '3D000' });
  });
});

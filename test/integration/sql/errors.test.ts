import { createServer, type Server } from 'node:net';
import { inspect } from 'node:util';

import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';

import { LoaderError } from '../../../functions/engine/model/errors.ts';
import { isConnectionGone, sqlState } from '../../../functions/engine/sql/errors.ts';
import { identifier } from '../../../functions/engine/sql/identifier.ts';
import { type Database, openPool } from '../../../functions/engine/sql/pool.ts';
import { joined, literal, sql } from '../../../functions/engine/sql/sql.ts';
import {
  administrate,
  createDatabase,
  randomName,
  type TestDatabase,
} from '../../support/postgres.ts';

const CANARY = 'canary-Pa55/w0rd#?';
const ROLE = randomName('loader_guest');

let created: TestDatabase;
let database: Database;

beforeAll(async () => {
  created = await createDatabase();
  database = openPool({ url: created.url, applicationName: 'errors-test', max: 1 });
  await database.query(
    joined([sql`create role ${identifier(ROLE)} login password`, literal(CANARY)], sql` `),
  );
  await database.query(sql`create table secret (id bigint primary key, token text not null)`);
});

afterAll(async () => {
  await database.close();
  await created.drop();
  await administrate(inject('postgresUrl'), (admin) =>
    admin.query(sql`drop role if exists ${identifier(ROLE)}`),
  );
});

/** The URL of the guest, changed. */
function guestUrl(change: (url: URL) => void = () => undefined): string {
  const url = new URL(created.url);
  url.username = ROLE;
  url.password = encodeURIComponent(CANARY);
  change(url);
  return url.href;
}

/** The error of one statement with a pool of its own. */
async function failure(url: string, text = sql`select 1`): Promise<LoaderError> {
  const pool = openPool({ url, applicationName: 'guest', max: 1 });
  try {
    await pool.query(text);
  } catch (error) {
    if (error instanceof LoaderError) return error;
    throw error;
  } finally {
    await pool.close();
  }
  throw new Error('the statement did not fail');
}

function expectNoSecret(error: unknown): void {
  for (const text of [
    String(error),
    inspect(error, { depth: 9, showHidden: true }),
    JSON.stringify(error),
  ]) {
    expect(text).not.toContain(CANARY);
    expect(text).not.toContain(encodeURIComponent(CANARY));
    expect(text).not.toContain('canary');
  }
}

describe('a login', () => {
  test('with the wrong password is E_DATABASE_AUTH and shows neither password nor URL', async () => {
    const error = await failure(guestUrl((url) => (url.password = 'canary-wrong')));

    expect(error.code).toBe('E_DATABASE_AUTH');
    expect(error.message).toContain(`database '${created.name}' at 127.0.0.1:`);
    expect(sqlState(error)).toBe('28P01');
    expectNoSecret(error);
  });

  test('without a password is E_DATABASE_AUTH', async () => {
    expect((await failure(guestUrl((url) => (url.password = '')))).code).toBe('E_DATABASE_AUTH');
  });

  test('to a database that does not exist is E_DATABASE_AUTH', async () => {
    const error = await failure(guestUrl((url) => (url.pathname = '/nowhere')));

    expect(error).toMatchObject({ code: 'E_DATABASE_AUTH', details: { sqlstate: '3D000' } });
    expectNoSecret(error);
  });
});

describe('a server', () => {
  test('that nobody runs is E_DATABASE_UNREACHABLE with host, port and database', async () => {
    const error = await failure(guestUrl((url) => (url.port = '1')));

    expect(error.code).toBe('E_DATABASE_UNREACHABLE');
    expect(error.message).toContain(`No connection to database '${created.name}' at 127.0.0.1:1: `);
    expect(isConnectionGone(error)).toBe(true);
    expectNoSecret(error);
  });

  test('with an unknown name is E_DATABASE_UNREACHABLE', async () => {
    const error = await failure(guestUrl((url) => (url.hostname = 'nowhere.invalid')));

    expect(error.code).toBe('E_DATABASE_UNREACHABLE');
    expectNoSecret(error);
  });

  test('that hangs up is E_DATABASE_UNREACHABLE although pg gives no code', async () => {
    const { port, close } = await hangingUp();

    const error = await failure(guestUrl((url) => (url.port = port)));

    expect(error.code).toBe('E_DATABASE_UNREACHABLE');
    expectNoSecret(error);
    close();
  });
});

describe('a statement', () => {
  test('without the right is E_DATABASE_RIGHT with the words of the server', async () => {
    const error = await failure(guestUrl(), sql`select * from secret`);

    expect(error).toMatchObject({ code: 'E_DATABASE_RIGHT', details: { sqlstate: '42501' } });
    expect(error.message).toContain('permission denied for table secret');
    expectNoSecret(error);
  });

  test('that row security would filter is E_DATABASE_RIGHT instead of silence', async () => {
    await database.query(sql`create table hidden (id int)`);
    await database.query(sql`alter table hidden enable row level security`);
    await database.query(sql`grant all on hidden to ${identifier(ROLE)}`);
    const guest = openPool({ url: guestUrl(), applicationName: 'guest', max: 1 });

    const deletion = guest.transaction(undefined, (session) =>
      session.query(sql`delete from hidden`),
    );

    await expect(deletion).rejects.toMatchObject({ code: 'E_DATABASE_RIGHT' });
    await guest.close();
    await database.query(sql`drop table hidden`);
  });

  test('that raises GL009 is E_STALE_LEASE', async () => {
    const error = await failure(
      created.url,
      sql`do $body$ begin raise exception 'fenced' using errcode = 'GL009'; end $body$`,
    );

    expect(error).toMatchObject({ code: 'E_STALE_LEASE', details: { sqlstate: 'GL009' } });
  });

  test('that breaks a constraint is E_DATABASE with the place and without the row', async () => {
    const error = await failure(
      created.url,
      sql`insert into secret values (1, null), (2, 'canary')`,
    );

    expect(error).toMatchObject({
      code: 'E_DATABASE',
      details: { sqlstate: '23502', table: 'secret', column: 'token' },
    });
    expectNoSecret(error);
  });

  test('that fails keeps the SQLSTATE in the cause', async () => {
    const error = await failure(created.url, sql`selec 1`);

    expect(error.cause).toMatchObject({ code: '42601' });
  });
});

describe('openPool', () => {
  test.each([
    'postgres://user:canary-a/b#c?d@host/database',
    'postgres://user:1#canary@host/database',
  ])('refuses a password that is not encoded', (url) => {
    const open = (): Database => openPool({ url, applicationName: 'x', max: 1 });

    expect(open).toThrow('percent-encoded');
  });

  test('refuses what is not a URL without quoting it', () => {
    let error: unknown;
    try {
      openPool({ url: 'postgres://user:canary@host:port/database', applicationName: 'x', max: 1 });
    } catch (thrown) {
      error = thrown;
    }

    expect(error).toMatchObject({ code: 'E_CONFIG' });
    expectNoSecret(error);
  });

  test('a pool shows no password', () => {
    const pool = openPool({ url: guestUrl(), applicationName: 'x', max: 1 });

    expectNoSecret(pool);
  });
});

/** A server that closes every connection at once. */
function hangingUp(): Promise<{ readonly port: string; readonly close: () => void }> {
  return new Promise((resolve) => {
    const server: Server = createServer((socket) => socket.destroy());
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
      resolve({ port: port.toString(), close: () => server.close() });
    });
  });
}

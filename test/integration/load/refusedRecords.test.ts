import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { catalog } from '../../../functions/catalog.ts';
import { ENDLESS } from '../../../functions/engine/run/budget.ts';
import { qualified } from '../../../functions/engine/sql/identifier.ts';
import { type Database, openPool } from '../../../functions/engine/sql/pool.ts';
import { type Sql, sql } from '../../../functions/engine/sql/sql.ts';
import { type DirectLoader, openDirectLoader } from '../../support/directLoad.ts';
import { violations } from '../../support/invariants.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';
import { DATASET, stateTable } from '../../support/run.ts';

const USERS = catalog.users.resources.users;

let created: TestDatabase;
let database: Database;
let loader: DirectLoader;
/** Whether the search of refused records may go on. */
let allowsMore: () => boolean;

beforeEach(async () => {
  created = await createDatabase();
  database = openPool({ url: created.url, applicationName: 'tests', max: 4 });
  allowsMore = () => true;
  const budget = { ...ENDLESS, allowsMore: () => allowsMore() };
  loader = await openDirectLoader(database, { resource: USERS, budget });
});
afterEach(async () => {
  expect(await violations(database)).toEqual([]);
  await database.close();
  await created.drop();
});

async function ids(): Promise<readonly number[]> {
  const { rows } = await database.query<{ id: bigint }>(
    sql`select id from ${qualified(DATASET, 'api_entities_user')} order by id`,
  );
  return rows.map(({ id }) => Number(id));
}

interface Entry {
  readonly reason: string;
  readonly explanation: string;
  readonly place: number;
  readonly raw: string;
}

async function quarantine(): Promise<readonly Entry[]> {
  const { rows } = await database.query<Entry>(
    sql`select * from ${stateTable('quarantine')} order by place`,
  );
  return rows;
}

async function only(): Promise<Entry> {
  const [entry, ...more] = await quarantine();
  if (entry === undefined || more.length > 0) throw new Error('one record was expected');
  return entry;
}

const execute = (text: Sql): Promise<unknown> => database.query(text);

/** The next scan, as a later run reads it. */
const page = (...records: readonly string[]): string => `[${records.join(',')}]`;
const user = (id: number, more = ''): string => `{"id": ${String(id)}${more}}`;

describe('a record that the database refuses', () => {
  beforeEach(async () => {
    await loader.load([page(user(1, ', "name": "a", "age": 1'))]);
    await execute(
      sql`alter table gitlab_data.api_entities_user add constraint adult check (age is null or age < 100)`,
    );
  });

  // G6
  test('is found among the others of its package', async () => {
    const records = Array.from({ length: 300 }, (_, index) =>
      user(index + 2, `, "age": ${index === 41 || index === 200 ? '100' : '7'}, "tags": ["x"]`),
    );

    await loader.load([
      page(...records.slice(0, 100)),
      page(...records.slice(100, 200)),
      page(...records.slice(200)),
    ]);

    expect(await ids()).toHaveLength(299);
    expect((await quarantine()).map(({ place, reason, raw }) => [place, reason, raw])).toEqual([
      [0, 'refused', '{"id":202,"age":100,"tags":["x"]}'],
      [41, 'refused', '{"id":43,"age":100,"tags":["x"]}'],
    ]);
  });

  test('is not searched once it is known, and no other record is taken for it', async () => {
    const records = Array.from({ length: 100 }, (_, index) =>
      user(index + 2, `, "age": ${index === 41 ? '100' : '7'}`),
    );
    await loader.load([page(...records)]);
    let trials = 0;
    allowsMore = () => (trials += 1) <= 4;

    await loader.load([page(...records, user(500))]);

    expect(await ids()).toHaveLength(101);
    expect(await quarantine()).toMatchObject([{ place: 41, reason: 'refused', times: 2n }]);
  });

  test('is left to a later run when the time ends during the search', async () => {
    let trials = 0;
    allowsMore = () => (trials += 1) <= 3;
    const records = Array.from({ length: 50 }, (_, index) =>
      user(index + 2, `, "age": ${index === 41 ? '100' : '7'}`),
    );

    await expect(loader.load([page(...records)])).rejects.toMatchObject({ code: 'E_STALE_LEASE' });

    expect([await ids(), await quarantine()]).toEqual([[1], []]);
    await execute(sql`update ${stateTable('partition')} set owner = null, lease_until = null`);
    allowsMore = () => true;
    await loader.load([page(...records)]);
    expect(await ids()).toHaveLength(50);
  });

  // G6
  test('is found by several invocations, none of which has time to find all of them', async () => {
    const bad = [3, 17, 18, 40, 41, 77, 98];
    const records = Array.from({ length: 100 }, (_, index) =>
      user(index + 2, `, "age": ${bad.includes(index) ? '100' : '7'}`),
    );
    let invocations = 0;
    const invoke = async (): Promise<'done' | 'time is over'> => {
      invocations += 1;
      let trials = 0;
      const budget = { ...ENDLESS, allowsMore: () => (trials += 1) <= 20 };
      const next = await openDirectLoader(database, { resource: USERS, budget });
      try {
        await next.load([page(...records)]);
        return 'done';
      } catch (error) {
        expect(error).toMatchObject({ code: 'E_STALE_LEASE' });
        await execute(sql`update ${stateTable('partition')} set owner = null, lease_until = null`);
        return 'time is over';
      }
    };

    while ((await invoke()) !== 'done') expect(invocations).toBeLessThan(8);

    expect(invocations).toBeGreaterThan(2);
    expect(await ids()).toHaveLength(94);
    expect((await quarantine()).map(({ place }) => place)).toEqual(bad);
  });

  test('is found among rows that are stored already', async () => {
    await loader.load([page(user(1, ', "age": 2'), user(2, ', "age": 200'))]);

    expect(await ids()).toEqual([1]);
    expect(await only()).toMatchObject({
      reason: 'refused',
      explanation: expect.stringContaining('violates check constraint "adult"') as unknown,
    });
  });

  test('is the later of two that cannot stand side by side', async () => {
    await execute(sql`create unique index on gitlab_data.api_entities_user (name)`);

    await loader.load([page(user(2, ', "name": "b"'), user(3, ', "name": "b"'))]);

    expect(await ids()).toEqual([1, 2]);
    expect(await only()).toMatchObject({ reason: 'refused', place: 1 });
  });

  test('joins those of the same page that could not be encoded', async () => {
    await loader.load([page('{"name": "x"}', user(2, ', "age": 200'), user(3))]);

    expect(await ids()).toEqual([1, 3]);
    expect((await quarantine()).map(({ place, reason }) => [place, reason])).toEqual([
      [0, 'key-missing'],
      [1, 'refused'],
    ]);
  });

  test('is nobody where the state refuses the package', async () => {
    await execute(
      sql`create function public.refuse() returns trigger language plpgsql as $$
          begin raise exception 'refused' using errcode = '23514'; end $$`,
    );
    await execute(
      sql`create trigger refuse before insert on ${stateTable('batch')}
          for each row execute function public.refuse()`,
    );

    await expect(loader.load([page(user(2))])).rejects.toMatchObject({ code: 'E_DATABASE' });

    expect(await quarantine()).toEqual([]);
    await execute(sql`update ${stateTable('partition')} set owner = null, lease_until = null`);
  });
});

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { catalog } from '../../../functions/catalog.ts';
import { commitPackage } from '../../../functions/engine/run/commit.ts';
import { type Database, openPool } from '../../../functions/engine/sql/pool.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import { type DirectLoader, openDirectLoader } from '../../support/directLoad.ts';
import { violations } from '../../support/invariants.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';
import { DATASET, stateTable } from '../../support/run.ts';
import { readStored } from '../../support/stored.ts';

const { users } = catalog.users.resources;
const BODY = '[{"id": 1, "name": "Ada", "tags": ["a", "b"]}, {"id": 2, "name": "Bob"}]';

let created: TestDatabase;
let database: Database;
let loader: DirectLoader;

beforeEach(async () => {
  created = await createDatabase();
  database = openPool({ url: created.url, applicationName: 'tests', max: 6 });
  loader = await openDirectLoader(database, { resource: users });
});
afterEach(async () => {
  await database.close();
  await created.drop();
});

async function names(): Promise<readonly unknown[]> {
  const table = (await readStored(database, DATASET)).get('api_entities_user');
  return (table?.rows ?? []).map((row) => row['name']).toSorted();
}

async function countOf(name: string): Promise<number> {
  const { rows } = await database.query<{ count: bigint }>(
    sql`select count(*) from ${stateTable(name)}`,
  );
  return Number(rows[0]?.count);
}

describe('commitPackage', () => {
  // G1
  test('makes rows, children, load, history and position visible together', async () => {
    const { loadPackage, load } = await loader.pack(await loader.claim(), BODY);

    const report = await commitPackage(loader.commitContext, loadPackage, load);

    expect(report).toMatchObject({ rows: 2, unchanged: 0 });
    expect(await names()).toEqual(['Ada', 'Bob']);
    expect([await countOf('batch'), await countOf('load')]).toEqual([1, 1]);
    expect(await violations(database)).toEqual([]);
  });

  test('counts the rows that were written, and those that were as they are', async () => {
    const first = await loader.pack(await loader.claim(), BODY);
    await commitPackage(loader.commitContext, first.loadPackage, first.load);
    const next = BODY.replace('Bob', 'Bill');
    const { loadPackage, load } = await loader.pack(await loader.claim(), next);

    const report = await commitPackage(loader.commitContext, loadPackage, load);

    expect(report).toEqual({ loadId: load, rows: 1, unchanged: 1, quarantined: [] });
    expect(await names()).toEqual(['Ada', 'Bill']);
  });

  test('leaves no load behind where every row is as it is', async () => {
    const first = await loader.pack(await loader.claim(), BODY);
    await commitPackage(loader.commitContext, first.loadPackage, first.load);
    const { loadPackage, load } = await loader.pack(await loader.claim(), BODY);

    const report = await commitPackage(loader.commitContext, loadPackage, load);

    expect(report).toEqual({ loadId: undefined, rows: 0, unchanged: 2, quarantined: [] });
    expect([await countOf('batch'), await countOf('load')]).toEqual([2, 1]);
  });

  test('refuses rows of a table that belongs to no root table', async () => {
    const { loadPackage, load } = await loader.pack(await loader.claim(), BODY);
    const stray = { ...loadPackage, chains: [] };

    await expect(commitPackage(loader.commitContext, stray, load)).rejects.toMatchObject({
      code: 'E_VALUE',
      message: expect.stringMatching(
        /^Table 'api_entities_user\w*' is known to no root table\.$/,
      ) as string,
      details: { table: expect.stringContaining('api_entities_user') as string },
    });
    expect(await countOf('batch')).toBe(0);
  });

  // G2
  test('commits a package once although it is called twice', async () => {
    const { loadPackage, load } = await loader.pack(await loader.claim(), BODY);
    await commitPackage(loader.commitContext, loadPackage, load);

    const again = commitPackage(loader.commitContext, loadPackage, load);

    await expect(again).rejects.toMatchObject({ code: 'E_STALE_LEASE' });
    expect(await names()).toEqual(['Ada', 'Bob']);
    expect([await countOf('batch'), await countOf('load')]).toEqual([1, 1]);
    expect(await violations(database)).toEqual([]);
  });

  // G2
  test('commits a package once although two callers commit it at the same time', async () => {
    const { loadPackage, load } = await loader.pack(await loader.claim(), BODY);

    const commits = await Promise.allSettled(
      [1, 2].map(() => commitPackage(loader.commitContext, loadPackage, load)),
    );

    expect(commits.map(({ status }) => status)).toContain('fulfilled');
    expect([await countOf('batch'), await countOf('load')]).toEqual([1, 1]);
    expect(await violations(database)).toEqual([]);
  });

  // I10
  test('refuses a package whose load id is not above that of the one before it, and writes nothing', async () => {
    const first = await loader.pack(await loader.claim(), BODY);
    await commitPackage(loader.commitContext, first.loadPackage, first.load);
    const { loadPackage } = await loader.pack(await loader.claim(), BODY.replace('Bob', 'Bill'));

    const late = commitPackage(loader.commitContext, loadPackage, first.load);

    await expect(late).rejects.toMatchObject({ code: 'E_STALE_LEASE' });
    expect(await names()).toEqual(['Ada', 'Bob']);
    expect(await countOf('batch')).toBe(1);
  });

  // G3
  test.each([
    ['the package of an earlier claim of the same run', () => loader.claim()],
    ['a package whose partition was given back meanwhile', () => Promise.resolve()],
  ])('refuses %s, and writes nothing', async (_, next) => {
    const { loadPackage, load } = await loader.pack(await loader.claim(), BODY);
    await database.query(
      sql`update ${stateTable('partition')} set owner = null, lease_until = null`,
    );
    await next();

    const late = commitPackage(loader.commitContext, loadPackage, load);

    await expect(late).rejects.toMatchObject({ code: 'E_STALE_LEASE' });
    expect([await names(), await countOf('batch')]).toEqual([[], 0]);
  });

  // G2
  test('commits a package in the middle of a scan once although it is called twice', async () => {
    const { loadPackage, load } = await loader.pack(await loader.claim(), BODY, 'more');
    await commitPackage(loader.commitContext, loadPackage, load);

    const again = commitPackage(loader.commitContext, loadPackage, load);

    await expect(again).rejects.toMatchObject({ code: 'E_STALE_LEASE' });
    expect([await names(), await countOf('batch')]).toEqual([['Ada', 'Bob'], 1]);
  });

  // G5 I10
  test('puts a load clock forward that is behind the last package of the partition', async () => {
    const ahead = '5000000000.000000';
    await loader.load([BODY]);
    await database.query(sql`update ${stateTable('partition')} set last_load = $1::text`, [ahead]);

    await loader.load([BODY.replace('Bob', 'Bill')]);

    expect(await names()).toEqual(['Ada', 'Bill']);
    expect(await violations(database)).toEqual([]);
    const { rows } = await database.query(
      sql`select last_load > $1::text as grew from ${stateTable('partition')}`,
      [ahead],
    );
    expect(rows).toEqual([{ grew: true }]);
  });

  // G3
  test('refuses the package of a holder whose lease was taken over, and writes nothing', async () => {
    const slow = await openDirectLoader(database, { resource: users, leaseSeconds: 0.01 });
    const { loadPackage, load } = await slow.pack(await slow.claim(), BODY);
    await new Promise((resolve) => setTimeout(resolve, 30));
    await loader.load(['[{"id": 2, "name": "newer"}]']);

    const late = commitPackage(slow.commitContext, loadPackage, load);

    await expect(late).rejects.toMatchObject({ code: 'E_STALE_LEASE' });
    expect(await names()).toEqual(['newer']);
    expect(await violations(database)).toEqual([]);
  });

  test('commits the package of a holder whose lease ran out and that nobody took over', async () => {
    const slow = await openDirectLoader(database, { resource: users, leaseSeconds: 0.01 });
    const { loadPackage, load } = await slow.pack(await slow.claim(), BODY);
    await new Promise((resolve) => setTimeout(resolve, 30));

    await commitPackage(slow.commitContext, loadPackage, load);

    expect(await names()).toEqual(['Ada', 'Bob']);
    expect(await violations(database)).toEqual([]);
  });

  test('keeps the load id of rows that are equal and writes the others', async () => {
    await loader.load([BODY]);
    const before = (await readStored(database, DATASET)).get('api_entities_user')?.rows ?? [];

    const [report] = await loader.load([
      '[{"id":1,"name":"Ada","tags":["a","b"]},{"id":2,"name":"Bo"}]',
    ]);

    const after = (await readStored(database, DATASET)).get('api_entities_user')?.rows ?? [];
    const loadOf = (rows: typeof before, id: string): unknown =>
      rows.find((row) => row['id'] === id)?.['_dlt_load_id'];
    expect(report).toMatchObject({ rows: 1, unchanged: 1 });
    expect(loadOf(after, '1')).toBe(loadOf(before, '1'));
    expect(loadOf(after, '2')).toBe(report?.loadId);
    expect(await violations(database)).toEqual([]);
  });

  test.each([
    { name: 'lost one', tags: '["a"]' },
    { name: 'got one more', tags: '["a", "b", "c"]' },
    { name: 'have another order', tags: '["b", "a"]' },
    { name: 'are all gone', tags: '[]' },
  ])('writes a row again whose children $name', async ({ tags }) => {
    await loader.load([BODY]);

    const [report] = await loader.load([`[{"id": 1, "name": "Ada", "tags": ${tags}}]`]);

    const children = (await readStored(database, DATASET)).get('api_entities_user__tags');
    const stored = (children?.rows ?? []).map(({ value }) => value);
    expect(report).toMatchObject({ rows: 1 });
    expect(stored).toEqual(JSON.parse(tags));
    expect(await violations(database)).toEqual([]);
  });

  test('forgets a value that GitLab sends as null now', async () => {
    await loader.load([BODY]);

    await loader.load(['[{"id": 1, "name": null, "tags": ["a", "b"]}]']);

    expect(await names()).toEqual(['Bob', null]);
  });
});

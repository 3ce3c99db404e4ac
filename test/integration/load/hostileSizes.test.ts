import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { catalog } from '../../../functions/catalog.ts';
import { qualified } from '../../../functions/engine/sql/identifier.ts';
import { type Database, openPool } from '../../../functions/engine/sql/pool.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import { type DirectLoader, openDirectLoader } from '../../support/directLoad.ts';
import { violations } from '../../support/invariants.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';
import { DATASET, stateTable } from '../../support/run.ts';
import { readStored, type StoredRow } from '../../support/stored.ts';

const { users } = catalog.users.resources;

let created: TestDatabase;
let database: Database;
let loader: DirectLoader;
let id = 0;

beforeAll(async () => {
  created = await createDatabase();
  database = openPool({ url: created.url, applicationName: 'tests', max: 4 });
  loader = await openDirectLoader(database, { resource: users });
});
afterAll(async () => {
  expect(await violations(database)).toEqual([]);
  await database.close();
  await created.drop();
});

/** Loads one record with these members and reads its row. */
async function stored(members: string): Promise<StoredRow> {
  id += 1;
  await loader.load([`[{"id": ${String(id)}, ${members}}]`]);
  const { rows } = (await readStored(database, DATASET)).get('api_entities_user') ?? { rows: [] };
  const row = rows.find((one) => one['id'] === String(id));
  if (row === undefined) throw new Error('the record has no row');
  return row;
}

/** What the quarantine says of the record that was loaded last. */
async function quarantined(members: string): Promise<Readonly<Record<string, unknown>>> {
  id += 1;
  await loader.load([`[{"id": ${String(id)}, ${members}}]`]);
  const { rows } = await database.query<Readonly<Record<string, unknown>>>(
    sql`select reason, explanation, raw_characters::int as size from ${stateTable('quarantine')} order by last_at desc limit 1`,
  );
  return rows[0] ?? {};
}

function many(count: number, of: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => of(index)).join(',');
}

describe('a hostile size', () => {
  test('of 300 lists in a row goes to the quarantine and makes no table', async () => {
    const found = await quarantined(many(300, (index) => `"list${String(index)}": [1]`));

    expect(found).toMatchObject({ reason: 'too-many-tables' });
    expect((await readStored(database, DATASET)).has('api_entities_user__list0')).toBe(false);
  });

  test('of 100,000 keys deep in a row is stored as jsonb', async () => {
    const keys = many(100_000, (index) => `"key${String(index)}": 1`);

    const row = await stored(`"m": {"n": {"many": {${keys}}}}`);

    expect(row['m__n__many']?.length).toBeGreaterThan(1_000_000);
  });

  test('of 10,000 levels goes to the quarantine', async () => {
    const deep = `${'{"o":'.repeat(10_000)}1${'}'.repeat(10_000)}`;

    expect(await quarantined(`"deep": ${deep}`)).toMatchObject({ reason: 'too-deep' });
  });

  // G6
  test('of a text of 50 MB goes to the quarantine', async () => {
    const found = await quarantined(`"words": "${'x'.repeat(50_000_000)}"`);

    expect(found).toMatchObject({
      reason: 'too-large',
      size: expect.closeTo(50_000_022, -2) as number,
    });
  });

  test('of 20,000 keys in a row is in the overflow column', async () => {
    const row = await stored(many(20_000, (index) => `"key${String(index)}": 1`));

    const overflow = JSON.parse(row['_overflow'] ?? '{}') as object;
    const columns = Object.entries(row).filter(
      ([name, value]) => /^key\d/.test(name) && value === '1',
    );
    expect(Object.keys(overflow).length + columns.length).toBe(20_000);
    expect(Object.keys(row).length).toBe(401);
  });
});

describe('a hostile record', () => {
  test.each(['5', '"text"', 'null', 'true', '[[1]]'])(
    'that is %s goes to the quarantine',
    async (record) => {
      id += 1;

      const [report] = await loader.load([`[{"id": ${String(id)}}, ${record}]`]);

      expect(report).toMatchObject({ rows: 1, quarantined: [{ reason: 'key-missing', index: 1 }] });
      expect(report?.quarantined[0]?.raw).toBe(`{"value":${record}}`);
    },
  );
});

describe('a hostile list', () => {
  test('of a million members of a list goes to the quarantine', async () => {
    const found = await quarantined(`"numbers": [${many(1_000_000, String)}]`);

    expect(found).toMatchObject({ reason: 'too-large' });
  });

  test('of 100,000 members of a list are as many rows', async () => {
    id += 1;
    await loader.load([`[{"id": ${String(id)}, "numbers": [${many(100_000, String)}]}]`]);

    const { rows } = await database.query(
      sql`select count(*)::int as count, max(value)::int as last from ${qualified(DATASET, 'api_entities_user__numbers')}`,
    );
    expect(rows).toEqual([{ count: 100_000, last: 99_999 }]);
  });
});

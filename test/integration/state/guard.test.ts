import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { catalog } from '../../../functions/catalog.ts';
import { type Database, openPool } from '../../../functions/engine/sql/pool.ts';
import { type Sql, sql } from '../../../functions/engine/sql/sql.ts';
import { openDirectLoader } from '../../support/directLoad.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';
import { stateTable } from '../../support/run.ts';

const partition = stateTable('partition');
const { users } = catalog.users.resources;

let created: TestDatabase;
let database: Database;

beforeAll(async () => {
  created = await createDatabase();
  database = openPool({ url: created.url, applicationName: 'tests', max: 4 });
  const loader = await openDirectLoader(database, { resource: users });
  await loader.load(['[{"id": 1}]']);
  await database.query(sql`update ${partition} set seq = seq + 1, cursor_value = '10'`);
});
afterAll(async () => {
  await database.close();
  await created.drop();
});

const REFUSED: readonly { readonly name: string; readonly change: Sql; readonly code: string }[] = [
  { name: 'a falling fence', change: sql`fence = fence - 1`, code: 'GL001' },
  { name: 'a falling seq', change: sql`seq = seq - 1`, code: 'GL002' },
  { name: 'a seq that jumps', change: sql`seq = seq + 2`, code: 'GL002' },
  { name: 'a cursor without a package', change: sql`cursor_value = '11'`, code: 'GL003' },
  { name: 'a token without a package', change: sql`scan_token = '{"page": 2}'`, code: 'GL003' },
  {
    name: 'a cursor that goes back',
    change: sql`seq = seq + 1, cursor_value = '9'`,
    code: 'GL004',
  },
];

describe('the guard of the partition table', () => {
  // G3
  test.each(REFUSED)('refuses $name with $code', async ({ change, code }) => {
    const update = database.query(sql`update ${partition} set ${change}`);

    await expect(update).rejects.toMatchObject({ details: { sqlstate: code } });
  });

  test('lets a cursor go back where it is asked for', async () => {
    const undo = new Error('undo');
    const rewind = database.transaction(undefined, async (session) => {
      await session.simple(sql`set local gitlab_alloydb.allow_rewind = 'on'`);
      await session.simple(sql`update ${partition} set cursor_value = null`);
      throw undo;
    });

    await expect(rewind).rejects.toBe(undo);
  });

  // I10
  test('gives load ids that only grow, although the clock was set back', async () => {
    await database.query(sql`update ${stateTable('load_clock')} set last = 9999999999.5`);

    const { rows } = await database.query<{ id: string }>(
      sql`select gitlab_data_state.next_load_id() as id from generate_series(1, 3)`,
    );

    expect(rows.map(({ id }) => id)).toEqual([
      '9999999999.500001',
      '9999999999.500002',
      '9999999999.500003',
    ]);
  });
});

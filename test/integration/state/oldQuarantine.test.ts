import { afterAll, beforeAll, expect, test } from 'vitest';

import { type Database, openPool } from '../../../functions/engine/sql/pool.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import { migrateState } from '../../../functions/engine/state/migrate.ts';
import { forgetOldQuarantine } from '../../../functions/engine/state/quarantine.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';
import { DATASET, stateTable } from '../../support/run.ts';

let created: TestDatabase;
let database: Database;

beforeAll(async () => {
  created = await createDatabase();
  database = openPool({ url: created.url, applicationName: 'tests', max: 2 });
  await migrateState(database, DATASET);
});
afterAll(async () => {
  await database.close();
  await created.drop();
});

/** Each entry is of a partition of its own, which has the same name. */
async function enter(
  name: string,
  days: Readonly<Record<'read' | 'stored' | 'swept', number | null>>,
) {
  await database.query(
    sql`with partition as (
          insert into ${stateTable('partition')} (resource, partition_key, swept_at)
          values ('jobs', $1::text, now() - make_interval(days => $4::int)))
        insert into ${stateTable('quarantine')} (resource, partition_key, raw_sha256, reason, explanation, request,
          place, raw, raw_characters, times, last_at, resolved_at, last_load_id, last_run_id)
        values ('jobs', $1::text, '', 'too-deep', '', '', 0, '{}', 2, 1, now() - make_interval(days => $2::int),
          now() - make_interval(days => $3::int), '1', gen_random_uuid())`,
    [name, days.read, days.stored, days.swept],
  );
}

test('old entries are forgotten unless they stand for a row that is missing', async () => {
  await enter('stored long ago', { read: 200, stored: 91, swept: null });
  await enter('stored lately', { read: 200, stored: 89, swept: 1 });
  await enter('not shown any more', { read: 100, stored: null, swept: 92 });
  await enter('perhaps shown while it was swept', { read: 100, stored: null, swept: 94 });
  await enter('never looked for again', { read: 100, stored: null, swept: null });
  await enter('not shown lately', { read: 89, stored: null, swept: 1 });

  await forgetOldQuarantine(database, DATASET);

  const { rows } = await database.query<{ name: string }>(
    sql`select partition_key as name from ${stateTable('quarantine')} order by 1`,
  );
  expect(rows.map(({ name }) => name)).toEqual([
    'never looked for again',
    'not shown lately',
    'perhaps shown while it was swept',
    'stored lately',
  ]);
});

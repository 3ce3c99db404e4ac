import { expect, test } from 'vitest';

import { openPool } from '../../../functions/engine/sql/pool.ts';
import { createDatabase } from '../../support/postgres.ts';
import { openRecordTable } from '../../support/recordTable.ts';

test('a scan ends the versions that it no longer has and adds those that it brings', async () => {
  await using created = await createDatabase();
  const database = openPool({ url: created.url, applicationName: 'versions', max: 4 });
  const table = await openRecordTable(database, { primaryKey: ['id'], mergeStrategy: 'scd2' });
  await table.load(['[{"id":1,"a":1},{"id":2,"a":1},{"id":3,"a":1}]']);

  await table.load(['[{"id":1,"a":1},{"id":2,"a":2}]']);

  const rows = await table.rows();
  const versions = rows.map((row) => [row['id'], row['a'], row['_dlt_valid_to'] === null]);
  await database.close();
  expect(versions.toSorted()).toEqual([
    [1, 1, true],
    [2, 1, false],
    [2, 2, true],
    [3, 1, false],
  ]);
});

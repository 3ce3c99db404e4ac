import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { ResourceSpec } from '../../../functions/engine/model/resource.ts';
import { EVOLVE, type SchemaContract } from '../../../functions/engine/model/schema.ts';
import { type Database, openPool } from '../../../functions/engine/sql/pool.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import { stateNames } from '../../../functions/engine/state/stateNames.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';
import { openRecordTable } from '../../support/recordTable.ts';

describe('write dispositions', () => {
  let created: TestDatabase;
  let database: Database;

  beforeAll(async () => {
    created = await createDatabase();
    database = openPool({ url: created.url, applicationName: 'dispositions', max: 4 });
  });
  afterAll(async () => {
    await database.close();
    await created.drop();
  });

  const openTable = (spec: Partial<ResourceSpec>, contract?: SchemaContract) =>
    openRecordTable(database, spec, contract);

  const perProject = {
    writeDisposition: 'replace',
    bind: { project_id: { from: 'each', scope: 'project' } },
    keep: ['project_id'],
  } as const satisfies Partial<ResourceSpec>;

  test('replace leaves the pages of the last scan of one partition and every other partition', async () => {
    const table = await openTable(perProject);
    await table.load(['[{"a":1,"l":[1,2]}]', '[{"a":2,"b":"late"}]'], '7');
    await table.load(['[{"a":3}]'], '8');

    await table.load(['[{"a":4,"l":[9]}]'], '7');

    expect(await table.rows()).toMatchObject([
      { project_id: 7, a: 4 },
      { project_id: 8, a: 3 },
    ]);
    expect(await table.rows('items__l')).toMatchObject([{ value: 9 }]);
  });

  test('replace empties the partition whose scan finds nothing', async () => {
    const table = await openTable(perProject);
    await table.load(['[{"a":1,"l":[1]}]'], '7');
    await table.load(['[{"a":3}]'], '8');

    await table.load(['[]'], '7');

    expect(await table.rows()).toMatchObject([{ project_id: 8, a: 3 }]);
    expect(await table.rows('items__l')).toEqual([]);
  });

  test('append gives rows ids of their own that grow with the load', async () => {
    const table = await openTable({ writeDisposition: 'append' });
    await table.load(['[{"a":1},{"a":1}]']);
    await table.load(['[{"a":1}]']);

    const ids = (await table.rows()).map((row) => row['_dlt_id']);
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(id).toMatch(/^[0-9a-v]{14}$/);
  });

  test('a merge key replaces rows once, however many pages hold it', async () => {
    const table = await openTable({ mergeStrategy: 'keyless', mergeKey: ['day'] });
    await table.load(['[{"day":1,"v":1}]', '[{"day":1,"v":2}]', '[{"day":2,"v":3}]']);

    await table.load(['[{"day":1,"v":8}]', '[{"day":1,"v":9}]']);

    const values = (await table.rows()).map((row) => row['v']);
    expect(values.toSorted()).toEqual([3, 8, 9]);
  });

  test('a row without its merge key goes to the quarantine and replaces nothing', async () => {
    const table = await openTable({ mergeStrategy: 'keyless', mergeKey: ['day'] });
    await table.load(['[{"day":1,"v":1}]']);

    await table.load(['[{"v":2}]']);

    expect(await table.rows()).toMatchObject([{ day: 1, v: 1 }]);
    const quarantine = stateNames(table.dataset).table('quarantine');
    const { rows } = await database.query(sql`select reason, raw from ${quarantine}`);
    expect(rows).toEqual([{ reason: 'key-missing', raw: '{"v":2}' }]);
  });

  test('a frozen table gets the columns that the loader adds by itself', async () => {
    const frozen = { ...EVOLVE, columns: 'freeze' } as const;
    const spec = { ...perProject, writeDisposition: 'merge', primaryKey: ['id'] } as const;
    const table = await openTable(spec, frozen);
    await table.load(['[{"id":1}]']);

    await table.load(['[{"id":2}]'], '7');

    expect(await table.rows()).toMatchObject([
      { id: 1, project_id: null },
      { id: 2, project_id: 7 },
    ]);
  });

  test('a frozen table fails the load that would change it, with table, column and value', async () => {
    const frozen = { ...EVOLVE, columns: 'freeze' } as const;
    const table = await openTable({ primaryKey: ['id'] }, frozen);
    await table.load(['[{"id":1}]']);

    await expect(table.load(['[{"id":2,"extra":"x"}]'])).rejects.toMatchObject({
      code: 'E_CONTRACT',
      details: { table: 'items', column: 'extra', value: '"x"' },
    });
    expect(await table.rows()).toHaveLength(1);
  });
});

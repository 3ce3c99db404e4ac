import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { catalog } from '../../../functions/catalog.ts';
import { type Database, openPool } from '../../../functions/engine/sql/pool.ts';
import { openDirectLoader } from '../../support/directLoad.ts';
import { updateInstance } from '../../support/gitlab/world/rights.ts';
import { violations } from '../../support/invariants.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';
import { DATASET, openBench } from '../../support/run.ts';
import { readStored, type StoredTable } from '../../support/stored.ts';
import { truthDifferences } from '../../support/truthDifferences.ts';

const { users } = catalog.users.resources;
const { jobs } = catalog.jobs.resources;

let created: TestDatabase;
let database: Database;

beforeEach(async () => {
  created = await createDatabase();
  database = openPool({ url: created.url, applicationName: 'tests', max: 10 });
});
afterEach(async () => {
  await database.close();
  await created.drop();
});

async function table(name: string): Promise<StoredTable> {
  const found = (await readStored(database, DATASET)).get(name);
  if (found === undefined) throw new Error(`there is no table '${name}'`);
  return found;
}

async function values(name: string, column: string): Promise<readonly unknown[]> {
  const { rows } = await table(name);
  return rows.toSorted((a, b) => Number(a['id']) - Number(b['id'])).map((row) => row[column]);
}

describe('a schema', () => {
  test('gets the column that a later load brings; the rows before have null there', async () => {
    const loader = await openDirectLoader(database, { resource: users });
    await loader.load(['[{"id": 1}]']);
    await loader.load(['[{"id": 2, "name": "Ada"}]']);

    expect(await values('api_entities_user', 'name')).toEqual([null, 'Ada']);
    expect(await violations(database)).toEqual([]);
  });

  test('gets a variant column for a value that does not fit', async () => {
    const loader = await openDirectLoader(database, { resource: users });
    await loader.load(['[{"id": 1, "coverage": 60}, {"id": 2, "coverage": "n/a"}]']);
    await loader.load(['[{"id": 3, "coverage": 0.5}, {"id": 4, "coverage": "70"}]']);

    expect(await values('api_entities_user', 'coverage')).toEqual(['60', null, null, '70']);
    expect(await values('api_entities_user', 'coverage__v_text')).toEqual([
      null,
      'n/a',
      null,
      null,
    ]);
    expect(await values('api_entities_user', 'coverage__v_double')).toEqual([
      null,
      null,
      '0.5',
      null,
    ]);
  });

  test('gets a child table when a list has its first member', async () => {
    const loader = await openDirectLoader(database, { resource: users });
    await loader.load(['[{"id": 1, "tags": []}]']);
    await loader.load(['[{"id": 1, "tags": ["a"]}]']);

    expect(await values('api_entities_user__tags', 'value')).toEqual(['a']);
    expect(await violations(database)).toEqual([]);
  });

  test('takes two columns that two loaders add at the same time', async () => {
    const one = await openDirectLoader(database, { resource: users });
    const other = await openDirectLoader(database, { resource: jobs });
    await one.load(['[{"id": 1}]']);
    await other.load(['[{"id": 1, "project_id": 1}]']);

    await Promise.all([
      one.load(['[{"id": 2, "left": 1}]']),
      other.load(['[{"id": 2, "project_id": 1, "right": "r"}]']),
    ]);

    expect(await values('api_entities_user', 'left')).toEqual([null, '1']);
    expect(await values('api_entities_job', 'right')).toEqual([null, 'r']);
    expect(await values('_dlt_version', 'version')).toHaveLength(4);
    expect(await violations(database)).toEqual([]);
  });

  test('takes one column that two loaders add to one table with two types', async () => {
    const one = await openDirectLoader(database, { resource: users });
    const other = await openDirectLoader(database, { resource: { ...users, id: 'other_users' } });
    await one.load(['[{"id": 1}]']);

    await Promise.all([
      one.load(['[{"id": 2, "state": 1}]']),
      other.load(['[{"id": 3, "state": "active"}]']),
    ]);

    const { rows } = await table('api_entities_user');
    const states = rows.map((row) =>
      Object.entries(row).flatMap(([name, value]) =>
        name.startsWith('state') ? (value ?? []) : [],
      ),
    );
    expect(states.flat().toSorted()).toEqual(['1', 'active']);
    expect(await violations(database)).toEqual([]);
  });

  test('takes the tables of one resource that eight loaders make at the same time', async () => {
    const loaders = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        openDirectLoader(database, { resource: { ...users, id: `users_${String(index)}` } }),
      ),
    );
    await Promise.all(
      loaders.map((loader, index) =>
        loader.load([`[{"id": ${String(index)}, "tags": ["a"], "own_${String(index)}": true}]`]),
      ),
    );

    const { rows, types } = await table('api_entities_user');
    expect(rows).toHaveLength(8);
    expect([...types.keys()].filter((name) => name.startsWith('own_'))).toHaveLength(8);
    expect(await violations(database)).toEqual([]);
  });

  test('of a run takes a field that GitLab has added since', async () => {
    await using bench = await openBench({ projects: 1, jobs: 2, branches: 1 });
    const request = { resources: ['appearance'] };
    await bench.load({ request });
    const { appearance } = bench.gitlab.world.instance;
    updateInstance(bench.gitlab.world, { appearance: { ...appearance, motto: 'new' } });

    const { report } = await bench.load({ request });

    expect(report.schemaChanges).toEqual([
      {
        ...{ table: 'api_entities_appearance', column: 'motto', type: 'text' },
        ...{ change: 'column-added', sample: '"new"', resource: 'appearance' },
        loadId: expect.stringMatching(/^\d{10}\.\d{6}$/) as unknown,
      },
    ]);
    const { api_entities_appearance = [] } = bench.gitlab.truth('admin');
    expect(await truthDifferences(bench.database, { api_entities_appearance })).toEqual([]);
  });
});

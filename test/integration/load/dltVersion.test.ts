import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { catalog } from '../../../functions/catalog.ts';
import { versionHash } from '../../../functions/engine/load/versionHash.ts';
import { type Database, openPool } from '../../../functions/engine/sql/pool.ts';
import { openDirectLoader } from '../../support/directLoad.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';
import { DATASET } from '../../support/run.ts';
import { readStored } from '../../support/stored.ts';

const GOLDEN = path.resolve(process.cwd(), '../shared/golden/dlt');
const { users } = catalog.users.resources;

interface VersionRow {
  readonly version: number;
  readonly version_hash: string;
  readonly schema: string;
}

/** Every `_dlt_version` row that dlt itself wrote. */
function goldenVersions(): readonly { readonly name: string; readonly row: VersionRow }[] {
  return globSync('*/run*/tables/_dlt_version.jsonl', { cwd: GOLDEN })
    .toSorted()
    .flatMap((file) =>
      readFileSync(path.join(GOLDEN, file), 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as VersionRow)
        .map((row) => ({ name: `${file} version ${String(row.version)}`, row })),
    );
}

describe.skipIf(!existsSync(GOLDEN))('versionHash', () => {
  test('equals the hash of every schema that dlt stored', () => {
    const versions = goldenVersions();

    const different = versions.filter(({ row }) => {
      const schema = JSON.parse(row.schema) as Record<string, unknown>;
      return versionHash(schema) !== row.version_hash;
    });

    expect(versions.length).toBeGreaterThan(10);
    expect(different.map(({ name }) => name)).toEqual([]);
  });
});

describe('_dlt_version', () => {
  let created: TestDatabase;
  let database: Database;

  beforeEach(async () => {
    created = await createDatabase();
    database = openPool({ url: created.url, applicationName: 'tests', max: 8 });
  });
  afterEach(async () => {
    await database.close();
    await created.drop();
  });

  async function versions(): Promise<readonly VersionRow[]> {
    const rows = (await readStored(database, DATASET)).get('_dlt_version')?.rows ?? [];
    return rows
      .map((row) => ({
        version: Number(row['version']),
        version_hash: row['version_hash'] ?? '',
        schema: row['schema'] ?? '',
      }))
      .toSorted((left, right) => left.version - right.version);
  }

  test('gets a row for each change of the schema, with its hash', async () => {
    const loader = await openDirectLoader(database, { resource: users });
    await loader.load(['[{"id": 1}]']);
    await loader.load(['[{"id": 2, "name": "Ada"}]']);
    await loader.load(['[{"id": 3, "name": "Bob"}]']);
    await loader.load(['[{"id": 4, "name": "Cid", "tags": [{"key": "a"}]}]']);

    const rows = await versions();

    expect(rows).toHaveLength(3);
    for (const { version, version_hash, schema } of rows) {
      const document = JSON.parse(schema) as Record<string, unknown>;
      expect(document).toMatchObject({ version, version_hash });
      expect(versionHash(document)).toBe(version_hash);
    }
    const previous = rows.map(({ version_hash }) => version_hash).slice(0, -1);
    const newest = JSON.parse(rows.at(-1)?.schema ?? '{}') as { previous_hashes: string[] };
    expect(newest.previous_hashes.slice(0, previous.length)).toEqual(previous.toReversed());
  });

  test('names exactly the columns that the tables have, in their order', async () => {
    const loader = await openDirectLoader(database, { resource: users });
    await loader.load(['[{"id": 1, "name": "Ada", "tags": [{"key": "a"}]}]']);
    await loader.load(['[{"id": 2, "age": 60, "tags": [{"key": "a", "value": "b"}]}]']);
    await loader.load(['[{"id": 3, "age": "n/a"}]']);

    const tables = await readStored(database, DATASET);

    const newest = (await versions()).at(-1)?.schema ?? '{}';
    const document = JSON.parse(newest) as {
      tables: Record<string, { columns: Record<string, unknown> }>;
    };
    const stored = [...tables].map(([name, { types }]) => [name, [...types.keys()]]);
    const named = Object.entries(document.tables).map(([name, { columns }]) => [
      name,
      Object.keys(columns),
    ]);
    expect(Object.fromEntries(named)).toEqual(Object.fromEntries(stored));
  });

  test('is what every load names as the schema that it was made with', async () => {
    const loader = await openDirectLoader(database, { resource: users });
    await loader.load(['[{"id": 1}]']);
    await loader.load(['[{"id": 2, "name": "Ada"}]']);

    const loads = (await readStored(database, DATASET)).get('_dlt_loads')?.rows ?? [];
    const hashes = (await versions()).map(({ version_hash }) => version_hash);

    expect(loads.map((row) => row['schema_version_hash']).toSorted()).toEqual(hashes.toSorted());
  });
});

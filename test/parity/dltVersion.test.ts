import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { createDataset } from '../../functions/engine/load/ddl.ts';
import type { DltSchema } from '../../functions/engine/load/dltSchema.ts';
import { insertDltSchema } from '../../functions/engine/load/dltVersion.ts';
import { qualified } from '../../functions/engine/sql/identifier.ts';
import { type Database, openPool } from '../../functions/engine/sql/pool.ts';
import { sql } from '../../functions/engine/sql/sql.ts';
import { replay } from '../../scripts/parity/replay.ts';
import { readScenarios } from '../../scripts/parity/scenario.ts';
import { createDatabase, type TestDatabase } from '../support/postgres.ts';

const GOLDEN = path.resolve(process.cwd(), '../shared/golden/dlt');

interface VersionRow {
  readonly schema: string;
}

/** The rows of `_dlt_version` that dlt left after every run of the scenarios. */
function versionsIn(scenario: string): readonly VersionRow[] {
  return globSync(`${scenario}/run*/tables/_dlt_version.jsonl`, { cwd: GOLDEN })
    .toSorted()
    .flatMap((file) => readFileSync(path.join(GOLDEN, file), 'utf8').split('\n'))
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as VersionRow);
}

/**
 * Tables without dlt's own, as text: the order of columns counts, that of hints too. Merges that dlt does by
 * delete-insert are upserts here, and say so.
 */
function tablesOf({ schema }: VersionRow): readonly string[] {
  const { tables } = JSON.parse(schema) as DltSchema;
  const own = Object.values(tables).filter(({ name }) => !name.startsWith('_dlt_'));
  const texts = own.map((table) => JSON.stringify(table));
  return texts.map((text) => text.replace('"x-merge-strategy":"upsert",', '')).toSorted();
}

describe.skipIf(!existsSync(GOLDEN))('the schemas that dlt stored', () => {
  let created: TestDatabase;
  let database: Database;

  beforeAll(async () => {
    created = await createDatabase();
    database = openPool({ url: created.url, applicationName: 'versions', max: 4 });
  });
  afterAll(async () => {
    await database.close();
    await created.drop();
  });

  async function stored(dataset: string): Promise<readonly VersionRow[]> {
    const { rows } = await database.query<VersionRow>(
      sql`select schema from ${qualified(dataset, '_dlt_version')} order by inserted_at`,
    );
    return rows;
  }

  test('are the same bytes after they were read and stored again', async () => {
    const versions = versionsIn('*');

    await database.transaction(undefined, async (session) => {
      await createDataset(session, 'again');
      for (const { schema } of versions)
        await insertDltSchema(session, 'again', JSON.parse(schema) as DltSchema);
    });

    const again = await stored('again');
    expect(again.map(({ schema }) => schema)).toEqual(versions.map(({ schema }) => schema));
  });

  test.each([
    'wd_merge_key',
    'wd_hard_delete',
    'wd_dedup_sort',
    'wd_insert_only',
    'variant_from_bigint',
  ])('describe the tables of %s with the hints that we store', async (name) => {
    const scenario = readScenarios(GOLDEN).find((one) => one.name === name);

    for (const run of scenario?.runs ?? []) await replay(database, name, run);

    const ours = (await stored(name)).at(-1);
    const theirs = versionsIn(name).at(-1);
    expect(ours === undefined ? [] : tablesOf(ours)).toEqual(
      theirs === undefined ? ['nothing recorded'] : tablesOf(theirs),
    );
  });
});

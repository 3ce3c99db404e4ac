import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { catalog } from '../../../functions/catalog.ts';
import {
  encodeState,
  firstState,
  stateHash,
} from '../../../functions/engine/load/pipelineState.ts';
import { readPipelineStates } from '../../../functions/engine/load/pipelineStates.ts';
import { NEW_DATASET_NAMES } from '../../../functions/engine/model/names.ts';
import { qualified } from '../../../functions/engine/sql/identifier.ts';
import { type Database, openPool } from '../../../functions/engine/sql/pool.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import { openDirectLoader } from '../../support/directLoad.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';
import { DATASET } from '../../support/run.ts';
import { readStored, type StoredRow } from '../../support/stored.ts';

const GOLDEN = path.resolve(process.cwd(), '../shared/golden/dlt/seed_exact/run1');
const TABLE = qualified(DATASET, '_dlt_pipeline_state');
const LOADS = qualified(DATASET, '_dlt_loads');
const { users } = catalog.users.resources;
const { appearance } = catalog.instance.resources;

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

type Sources = Readonly<Record<string, unknown>>;

async function rows(table = '_dlt_pipeline_state'): Promise<readonly StoredRow[]> {
  return (await readStored(database, DATASET)).get(table)?.rows ?? [];
}

async function document(): Promise<Readonly<Record<string, unknown>>> {
  const { rows: newest } = await database.query<{ schema: string }>(
    sql`select schema from ${qualified(DATASET, '_dlt_version')} order by version desc limit 1`,
  );
  return (JSON.parse(newest[0]?.schema ?? '{}') as { tables: Record<string, unknown> }).tables;
}

/** What dlt does at the end of a load whose state has changed. */
async function loadOfDlt(pipeline: string, load: string, sources: Sources): Promise<void> {
  const content = {
    ...firstState(DATASET, { ...NEW_DATASET_NAMES, pipeline }),
    ...{ _state_version: 2, sources },
  };
  const state = { ...content, _version_hash: stateHash(content) };
  await database.query(
    sql`insert into ${TABLE} values (2, 4, $1::text, $2::text, now(), $3::text, $4::text, $4::text)`,
    [pipeline, encodeState(state), state._version_hash, load],
  );
  await database.query(
    sql`insert into ${LOADS} (load_id, schema_name, status, inserted_at) values ($1::text, 'rest_api', 0, now())`,
    [load],
  );
}

describe('a dataset that dlt has written a state to', () => {
  test('gets none of ours for that pipeline', async () => {
    await openDirectLoader(database, { resource: users });
    await loadOfDlt('gitlab_pipeline', '1700000000.1', {});

    await (await openDirectLoader(database, { resource: users })).load(['[{"id": 1}]']);

    expect(await rows()).toMatchObject([{ version: '2', _dlt_load_id: '1700000000.1' }]);
  });

  test('gets ours beside that of another pipeline', async () => {
    await openDirectLoader(database, { resource: users });
    await loadOfDlt('another', '1700000000.1', {});

    await (await openDirectLoader(database, { resource: users })).load(['[{"id": 1}]']);

    const names = (await readPipelineStates(database, DATASET)).map((state) => state.pipelineName);
    expect(names).toEqual(['another', 'gitlab_pipeline']);
  });
});

describe('readPipelineStates', () => {
  test('finds nothing where there is no table', async () => {
    expect(await readPipelineStates(database, 'nowhere')).toEqual([]);
  });

  test('takes the newest complete load of each pipeline', async () => {
    await openDirectLoader(database, { resource: users });
    await loadOfDlt('a', '1700000000.2', { rest_api: { last: 2 } });
    await loadOfDlt('a', '1700000000.1234567', { rest_api: { last: 1 } });
    await loadOfDlt('a', '1700000000.3', { rest_api: { last: 3 } });
    await loadOfDlt('b', '1700000000.4', { rest_api: { last: 4 } });
    await loadOfDlt('b', '1700000000.5', { rest_api: { last: 5 } });
    await database.query(sql`delete from ${LOADS} where load_id = '1700000000.3'`);
    await database.query(sql`update ${LOADS} set status = 1 where load_id = '1700000000.5'`);

    const states = await readPipelineStates(database, DATASET);

    expect(states.map(({ pipelineName, state }) => [pipelineName, state.sources])).toEqual([
      ['a', { rest_api: { last: 2 } }],
      ['b', { rest_api: { last: 4 } }],
    ]);
  });
});

describe('the table', () => {
  test.skipIf(!existsSync(GOLDEN))('has the columns that dlt makes, in their order', async () => {
    await openDirectLoader(database, { resource: users });

    const { rows: columns } = await database.query<{ line: string }>(
      sql`select concat_ws(e'\\t', ordinal_position, column_name, data_type, is_nullable, coalesce(character_maximum_length::text, '')) as line
          from information_schema.columns
          where table_schema = $1::text and table_name = '_dlt_pipeline_state' order by ordinal_position`,
      [DATASET],
    );

    const golden = readFileSync(path.join(GOLDEN, 'columns.tsv'), 'utf8').split('\n');
    const prefix = 'seed_exact\t_dlt_pipeline_state\t';
    const theirs = golden.filter((line) => line.startsWith(prefix));
    expect(columns.map(({ line }) => line)).toEqual(
      theirs.map((line) => line.slice(prefix.length).split('\t').slice(0, 5).join('\t')),
    );
    expect(theirs).toHaveLength(8);
  });
});

describe('the stored schema', () => {
  test.skipIf(!existsSync(GOLDEN))('describes the table of states as dlt does', async () => {
    const golden = readFileSync(path.join(GOLDEN, 'tables/_dlt_version.jsonl'), 'utf8');
    const { schema } = JSON.parse(golden.split('\n')[0] ?? '') as { schema: string };
    const { tables } = JSON.parse(schema) as { tables: Record<string, unknown> };
    const loader = await openDirectLoader(database, { resource: users });
    await loader.load(['[{"id": 1, "tags": ["a"]}]']);

    const ours = await document();

    expect(JSON.stringify(ours['_dlt_pipeline_state'])).toBe(
      JSON.stringify(tables['_dlt_pipeline_state']),
    );
    expect(Object.keys(ours)).toEqual([
      ...['_dlt_version', '_dlt_loads', 'api_entities_user'],
      ...['_dlt_pipeline_state', 'api_entities_user__tags'],
    ]);
  });

  test('names no strategy by key for a table without a key, which dlt would refuse', async () => {
    await (await openDirectLoader(database, { resource: appearance })).load(['[{"title": "a"}]']);
    await (await openDirectLoader(database, { resource: users })).load(['[{"id": 1}]']);

    const { api_entities_appearance: single, api_entities_user: keyed } = await document();

    expect(single).toMatchObject({ write_disposition: 'merge' });
    expect(single).not.toHaveProperty('x-merge-strategy');
    expect(keyed).toMatchObject({ 'x-merge-strategy': 'upsert' });
  });
});

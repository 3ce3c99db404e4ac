import { createHmac } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { catalog } from '../../../functions/catalog.ts';
import type { ResourceSpec } from '../../../functions/engine/model/resource.ts';
import { type Database, openPool } from '../../../functions/engine/sql/pool.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import { type DirectLoader, openDirectLoader } from '../../support/directLoad.ts';
import { violations } from '../../support/invariants.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';
import { DATASET, stateTable } from '../../support/run.ts';
import { readStored, type StoredTables } from '../../support/stored.ts';

const RESOURCE: ResourceSpec = {
  ...catalog.users.resources.users,
  secretFields: ['value', 'import_url'],
};
const TABLE = 'api_entities_user';
const KEY = 'k'.repeat(32);
const CANARY = 'CANARY';
const DIGITS = '424242424242';

let created: TestDatabase;
let database: Database;
let loader: DirectLoader;

beforeEach(async () => {
  created = await createDatabase();
  database = openPool({ url: created.url, applicationName: 'tests', max: 4 });
  loader = await openDirectLoader(database, { resource: RESOURCE, secretKey: KEY });
});
afterEach(async () => {
  expect(await violations(database)).toEqual([]);
  await database.close();
  await created.drop();
});

const hashOf = (text: string): string =>
  `hmac-sha256:${createHmac('sha256', KEY).update(text).digest('hex').slice(0, 32)}`;

/** Everything that the tables of the dataset and the state's tables of records show. */
async function everything(): Promise<string> {
  const stored = [...(await readStored(database, DATASET))].map(([name, { rows, types }]) => [
    name,
    rows,
    [...types.keys()],
  ]);
  const quarantine = await database.query(
    sql`select raw, explanation from ${stateTable('quarantine')}`,
  );
  const changes = await database.query(
    sql`select table_name, column_name, sample from ${stateTable('schema_change')}`,
  );
  return JSON.stringify([stored, quarantine.rows, changes.rows]);
}

const tablesOf = async (): Promise<StoredTables> => readStored(database, DATASET);

/** A secret in a form that GitLab may send, with the JSON that is hashed. */
const FORMS: readonly {
  readonly name: string;
  readonly member: string;
  readonly hashed: string;
}[] = [
  { name: 'a text', member: `"value": "${CANARY}"`, hashed: CANARY },
  { name: 'a key in capitals', member: `"Value": "${CANARY}"`, hashed: CANARY },
  { name: 'a key with a space', member: `" value": "${CANARY}"`, hashed: CANARY },
  {
    name: 'an object',
    member: `"value": {"inner": "${CANARY}", "n": 1.0}`,
    hashed: `{"inner":"${CANARY}","n":1.0}`,
  },
  {
    name: 'an object whose key is the secret',
    member: `"VALUE": {"${CANARY}": true}`,
    hashed: `{"${CANARY}":true}`,
  },
  { name: 'a list', member: `"value": ["${CANARY}"]`, hashed: `["${CANARY}"]` },
  {
    name: 'a list of objects',
    member: `"value": [{"a": "${CANARY}"}]`,
    hashed: `[{"a":"${CANARY}"}]`,
  },
  { name: 'an integer', member: `"value": ${DIGITS}`, hashed: DIGITS },
  { name: 'many digits', member: `"value": ${DIGITS}${DIGITS}`, hashed: DIGITS + DIGITS },
  { name: 'a float', member: `"value": ${DIGITS}.50`, hashed: `${DIGITS}.5` },
  { name: 'a bool', member: '"value": true', hashed: 'true' },
];

describe('a secret field', () => {
  // G8
  test.each(FORMS)('that is $name is in the table as its hash alone', async (form) => {
    await loader.load([`[{"id": 1, ${form.member}}]`]);
    const tables = await tablesOf();

    expect([...tables.keys()].filter((name) => name.startsWith(`${TABLE}__`))).toEqual([]);
    expect(tables.get(TABLE)?.rows).toMatchObject([{ value: hashOf(form.hashed) }]);
    expect([...(tables.get(TABLE)?.types.keys() ?? [])]).toEqual([
      ...['id', 'value', '_dlt_load_id', '_dlt_id'],
    ]);
    expect(await everything()).not.toMatch(new RegExp(`${CANARY}|${DIGITS}`, 'i'));
  });

  test.each(FORMS)('that is $name is hidden in the quarantine', async ({ member }) => {
    await loader.load([`[{"id": 1}, {${member}}]`]);

    const { rows } = await database.query<{ raw: string }>(
      sql`select raw from ${stateTable('quarantine')}`,
    );

    expect(
      rows.map(({ raw }) => Object.values<unknown>(JSON.parse(raw) as Record<string, unknown>)),
    ).toEqual([['***']]);
    expect(await everything()).not.toMatch(new RegExp(`${CANARY}|${DIGITS}`, 'i'));
  });

  test('keeps null and an empty text, which are no secrets', async () => {
    await loader.load(['[{"id": 1, "value": ""}, {"id": 2, "value": null}]']);

    expect((await tablesOf()).get(TABLE)?.rows).toMatchObject([{ value: '' }, { value: null }]);
  });

  test('is hashed under each of two spellings in one record', async () => {
    await loader.load([`[{"id": 1, "import_url": "${CANARY}1", "importUrl": ["${CANARY}2"]}]`]);

    const values = Object.values((await tablesOf()).get(TABLE)?.rows[0] ?? {});

    expect(values).toEqual(
      expect.arrayContaining([hashOf(`${CANARY}1`), hashOf(`["${CANARY}2"]`)]),
    );
    expect(await everything()).not.toContain(CANARY);
  });

  test('in a column that numbers have made gets a text beside it', async () => {
    const plain = await openDirectLoader(database, { resource: { ...RESOURCE, secretFields: [] } });
    await plain.load(['[{"id": 1, "value": 7}]']);
    const hashing = await openDirectLoader(database, { resource: RESOURCE, secretKey: KEY });

    await hashing.load([`[{"id": 1, "value": ${DIGITS}}]`]);

    expect((await tablesOf()).get(TABLE)?.rows).toMatchObject([
      { value: null, value__v_text: hashOf(DIGITS) },
    ]);
  });
});

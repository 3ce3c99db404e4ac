import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { catalog } from '../../../functions/catalog.ts';
import type { ResourceSpec } from '../../../functions/engine/model/resource.ts';
import { qualified } from '../../../functions/engine/sql/identifier.ts';
import { type Database, openPool } from '../../../functions/engine/sql/pool.ts';
import { type Sql, sql } from '../../../functions/engine/sql/sql.ts';
import { type DirectLoader, openDirectLoader } from '../../support/directLoad.ts';
import { violations } from '../../support/invariants.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';
import { DATASET, stateTable } from '../../support/run.ts';
import { readStored } from '../../support/stored.ts';

const USERS: ResourceSpec = { ...catalog.users.resources.users, secretFields: ['token'] };

let created: TestDatabase;
let database: Database;
let loader: DirectLoader;

beforeEach(async () => {
  created = await createDatabase();
  database = openPool({ url: created.url, applicationName: 'tests', max: 4 });
  loader = await openDirectLoader(database, { resource: USERS });
});
afterEach(async () => {
  expect(await violations(database)).toEqual([]);
  await database.close();
  await created.drop();
});

async function ids(): Promise<readonly number[]> {
  const { rows } = await database.query<{ id: bigint }>(
    sql`select id from ${qualified(DATASET, 'api_entities_user')} order by id`,
  );
  return rows.map(({ id }) => Number(id));
}

async function columns(): Promise<readonly string[]> {
  const table = (await readStored(database, DATASET)).get('api_entities_user');
  return [...(table?.types.keys() ?? [])];
}

interface Entry {
  readonly reason: string;
  readonly explanation: string;
  readonly place: number;
  readonly raw: string;
  readonly raw_characters: bigint;
  readonly row_id: string | null;
  readonly times: bigint;
  readonly resolved_load_id: string | null;
}

async function quarantine(): Promise<readonly Entry[]> {
  const { rows } = await database.query<Entry>(
    sql`select * from ${stateTable('quarantine')} order by place`,
  );
  return rows;
}

async function only(): Promise<Entry> {
  const [entry, ...more] = await quarantine();
  if (entry === undefined || more.length > 0) throw new Error('one record was expected');
  return entry;
}

const execute = (text: Sql): Promise<unknown> => database.query(text);

/** The next scan, as a later run reads it. */
const page = (...records: readonly string[]): string => `[${records.join(',')}]`;
const user = (id: number, more = ''): string => `{"id": ${String(id)}${more}}`;
const nested = (levels: number): string => `${'['.repeat(levels)}1${']'.repeat(levels)}`;

describe('a record that cannot be encoded', () => {
  // G6
  test('goes to the quarantine with its page, place, reason and JSON; the others are stored', async () => {
    const lost =
      '{"name":"nobody","words":"a\\u0000\\ud800","token":"hunter2","big":12345678901234567890}';

    const [report] = await loader.load([page(user(1), lost, user(2))]);

    expect(report).toMatchObject({ rows: 2, unchanged: 0 });
    expect(await ids()).toEqual([1, 2]);
    expect(await only()).toMatchObject({
      ...{ resource: 'users', partition_key: '', request: '/test', place: 1, times: 1n },
      ...{ reason: 'key-missing', row_id: null, last_load_id: report?.loadId },
      explanation:
        "A record for table 'api_entities_user' has no value for 'id', which is part of its key.",
      raw: lost.replace('hunter2', '***'),
    });
  });

  test('leaves the history of its package whole', async () => {
    await loader.load([page(user(1), '{"name": "nobody"}')]);

    const { rows } = await database.query(
      sql`select rows_in, rows_quarantined from ${stateTable('batch')}`,
    );

    expect(rows).toEqual([{ rows_in: 2, rows_quarantined: 1 }]);
  });

  test('adds no columns', async () => {
    await loader.load([page(user(1), '{"strange": 1, "lists": [{"a": 1}]}')]);

    expect(await columns()).not.toContain('strange');
    expect([...(await readStored(database, DATASET)).keys()]).not.toContain(
      'api_entities_user__lists',
    );
  });

  test('moves the cursor although the page has nothing else', async () => {
    await loader.load([page('{"name": "nobody"}')]);

    expect(await only()).toMatchObject({ reason: 'key-missing' });
    expect((await loader.claim()).seq).toBe(1n);
    await execute(sql`update ${stateTable('partition')} set owner = null, lease_until = null`);
  });

  describe('because of a key that does not fit its column', () => {
    test.each(['"abc"', '12345678901234567890', '1.5'])('%s', async (id) => {
      await loader.load([page(user(1))]);
      await loader.load([page(user(2), `{"id": ${id}}`, user(3))]);

      expect(await ids()).toEqual([1, 2, 3]);
      expect(await columns()).not.toContain('id__v_text');
      expect(await only()).toMatchObject({
        reason: 'value-unfit',
        explanation: `A record for table 'api_entities_user' has ${id} as 'id', which is part of its key; expected bigint.`,
      });
    });

    test('that its page was the first to show', async () => {
      await loader.load([page(user(1), '{"id": "abc"}', '{"id": "7"}')]);

      expect(await ids()).toEqual([1, 7]);
      expect(await columns()).not.toContain('id__v_text');
      expect(await only()).toMatchObject({ reason: 'value-unfit', place: 1, row_id: null });
    });

    test('although a column for values of another type is there', async () => {
      await loader.load([page(user(1, ', "id__v_text": "x", "id__v_double": 0.5'))]);
      await loader.load([page(user(2), '{"id": "abc"}'), page('{"id": 2.5}', user(3))]);

      expect(await ids()).toEqual([1, 2, 3]);
      expect((await quarantine()).map(({ reason }) => reason)).toEqual([
        'value-unfit',
        'value-unfit',
      ]);
    });
  });

  test.each([1_001, 10_000, 100_000])('is nested %i levels deep', async (levels) => {
    await loader.load([page(user(1), user(2, `, "deep": {"a": {"b": {"c": ${nested(levels)}}}}`))]);

    expect(await ids()).toEqual([1]);
    expect(await only()).toMatchObject({
      reason: 'too-deep',
      row_id: expect.stringMatching(/^[\w+/]{14}$/) as unknown,
      explanation: 'A value is nested deeper than 1,000 levels.',
    });
  });

  test('takes more than 32 MiB', async () => {
    const words = 'x'.repeat(33 << 20);

    await loader.load([page(user(1), user(2, `, "words": "${words}"`), user(3))]);

    expect(await ids()).toEqual([1, 3]);
    const { reason, raw, raw_characters: characters } = await only();
    expect(reason).toBe('too-large');
    expect([raw.length, Number(characters) > 33 << 20]).toEqual([65_536, true]);
  });

  test('is not one of a large page', async () => {
    const words = `, "words": "${'x'.repeat(9 << 20)}"`;

    await loader.load([page(...[1, 2, 3, 4].map((id) => user(id, words)))]);

    expect(await ids()).toEqual([1, 2, 3, 4]);
    expect(await quarantine()).toEqual([]);
  });
});

describe('a record that is read again', () => {
  test('counts again and stands there once', async () => {
    await loader.load([page('{"name": "x"}', '{"name": "x"}')]);
    await loader.load([page(user(1), '{"name": "x"}')]);

    expect(await only()).toMatchObject({ times: 3n, place: 1 });
  });

  test('is resolved when its row is stored, and open again when it is not', async () => {
    const bad = page(user(1), user(2, `, "deep": {"a": {"b": {"c": ${nested(2_000)}}}}`));
    await loader.load([bad]);

    await loader.load([page(user(2))]);
    const resolved = await only();
    await loader.load([bad]);
    const again = await only();

    expect(resolved.resolved_load_id).toMatch(/^\d+\.\d+$/);
    expect(again).toMatchObject({ resolved_load_id: null, times: 2n });
  });
});

describe('too many bad records', () => {
  const bad = Array.from({ length: 11 }, (_, index) => `{"name": "${String(index)}"}`);

  test('of a page fail the partition', async () => {
    await expect(loader.load([page(user(1), ...bad)])).rejects.toMatchObject({
      code: 'E_VALUE',
      message: expect.stringMatching(/^11 of 12 records of a page of 'users' cannot/) as unknown,
    });

    expect([await quarantine(), await ids().catch(() => [])]).toEqual([[], []]);
    await execute(sql`update ${stateTable('partition')} set owner = null, lease_until = null`);
  });

  test('are a matter of their share', async () => {
    const good = Array.from({ length: 11 }, (_, index) => user(index));

    await loader.load([page(...good, ...bad)]);

    expect([(await quarantine()).length, (await ids()).length]).toEqual([11, 11]);
  });

  test('of a scan fail the partition at the page that has one too many', async () => {
    const pages = Array.from({ length: 101 }, (_, number) =>
      page(...Array.from({ length: 10 }, (_, index) => `{"n": ${String(number * 10 + index)}}`)),
    );

    await expect(loader.load(pages)).rejects.toMatchObject({ code: 'E_VALUE' });
    await execute(sql`update ${stateTable('partition')} set owner = null, lease_until = null`);
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { catalog } from '../../../functions/catalog.ts';
import {
  type Adoptions,
  choosePath,
  type LoadPath,
} from '../../../functions/engine/load/choosePath.ts';
import type { LoadPackage } from '../../../functions/engine/model/package.ts';
import type { TableChain } from '../../../functions/engine/model/rows.ts';
import type { AdoptionRules } from '../../../functions/engine/model/takeover.ts';
import { type Database, openPool } from '../../../functions/engine/sql/pool.ts';
import { literal, type Sql, sql } from '../../../functions/engine/sql/sql.ts';
import { openDirectLoader, type PackedPage } from '../../support/directLoad.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';
import { DATASET, stateTable } from '../../support/run.ts';
import { undone } from '../../support/sentRows.ts';

const TABLE = 'api_entities_user';
const RULES: AdoptionRules = {
  before: '1',
  key: {
    ...{ common: ['id'], owners: [], form: 'whole', address: undefined, content: [] },
    facts: { nullColumns: [], partsIdentify: false },
  },
  byParent: new Set(),
};
const NONE: Adoptions = new Map();

let created: TestDatabase;
let database: Database;
let stored: TableChain;
let unknown: TableChain;

const chainOf = ({ loadPackage }: PackedPage): TableChain => {
  const [chain] = loadPackage.chains;
  if (chain === undefined) throw new Error('the package has no chain');
  return chain;
};

beforeAll(async () => {
  created = await createDatabase();
  database = openPool({ url: created.url, applicationName: 'tests', max: 2 });
  const loader = await openDirectLoader(database, { resource: catalog.users.resources.users });
  await loader.load(['[{"id":1,"name":"Ada"}]']);
  const task = await loader.claim();
  stored = chainOf(await loader.pack(task, '[{"id":1,"name":"Ada"}]'));
  unknown = chainOf(await loader.pack(task, '[{"id":2,"name":"Bob"}]'));
});
afterAll(async () => {
  await database.close();
  await created.drop();
});

/** The path of a package with these chains; `before` is what happened shortly before it. */
function pathOf(
  chains: readonly TableChain[],
  { adoptions = NONE, before = sql`select` }: { adoptions?: Adoptions; before?: Sql } = {},
): Promise<LoadPath> {
  return undone(database, async (session) => {
    await session.simple(before);
    return choosePath(session, DATASET, { chains } as unknown as LoadPackage, adoptions);
  });
}

describe('choosePath', () => {
  test.each([
    { method: 'upsert', ofUnknown: 'fresh', ofStored: 'guarded' },
    { method: 'insert-only', ofUnknown: 'fresh', ofStored: 'guarded' },
    { method: 'append', ofUnknown: 'fresh', ofStored: 'fresh' },
    { method: 'replace', ofUnknown: 'fresh', ofStored: 'fresh' },
    { method: 'skip', ofUnknown: 'fresh', ofStored: 'fresh' },
    { method: 'scd2', ofUnknown: 'guarded', ofStored: 'guarded' },
    { method: 'merge-key', ofUnknown: 'guarded', ofStored: 'guarded' },
  ] as const)(
    'is $ofUnknown for unknown and $ofStored for stored rows by $method',
    async ({ method, ofUnknown, ofStored }) => {
      expect(await pathOf([{ ...unknown, method }])).toBe(ofUnknown);
      expect(await pathOf([{ ...stored, method }])).toBe(ofStored);
    },
  );

  test.each([
    { name: 'a column of deletions', rules: { hardDelete: 'gone' } },
    { name: 'keys that can be spelt in several ways', rules: { hasLooseKeys: true } },
  ])('guards unknown rows with $name, unless they are only added', async ({ rules }) => {
    const path = (method: TableChain['method']): Promise<LoadPath> =>
      pathOf([{ ...unknown, ...rules, method }]);

    expect(await path('upsert')).toBe('guarded');
    expect(await path('insert-only')).toBe('guarded');
    expect(await path('append')).toBe('fresh');
  });

  test('does not guard unknown rows whose keys are all spelt in one way', async () => {
    expect(await pathOf([{ ...unknown, hasLooseKeys: false }])).toBe('fresh');
  });

  test('guards unknown rows of a table that has rows of others, and no other table', async () => {
    expect(await pathOf([unknown], { adoptions: new Map([[TABLE, RULES]]) })).toBe('guarded');
    expect(await pathOf([unknown], { adoptions: new Map([['projects', RULES]]) })).toBe('fresh');
  });

  test('asks for no row where a package brings none', async () => {
    expect(await pathOf([{ ...stored, root: 'no_such_table', rowIds: [] }])).toBe('fresh');
  });

  test('looks at every chain', async () => {
    expect(await pathOf([unknown, stored])).toBe('guarded');
    expect(await pathOf([{ ...stored, method: 'append' }, stored])).toBe('guarded');
    expect(await pathOf([unknown, unknown])).toBe('fresh');
    expect(await pathOf([])).toBe('fresh');
  });

  test.each([
    { table: TABLE, row: 'unknown', path: 'guarded' },
    { table: 'projects', row: 'unknown', path: 'fresh' },
    { table: TABLE, row: 'another', path: 'fresh' },
  ] as const)(
    'is $path where $row row of $table was deleted or written by an event',
    async ({ table, row, path }) => {
      const id = literal(row === 'unknown' ? (unknown.rowIds[0] ?? '') : 'another');
      const deleted = sql`insert into ${stateTable('tombstone')}
        (table_name, row_id, resource, partition_key, key, reason, load_id, last_load_id)
        values (${literal(table)}, ${id}, 'users', '', '{}', 'gone', '1', '1')`;
      const told = sql`insert into ${stateTable('webhook_row')} values (${literal(table)}, ${id}, now(), false)`;

      expect(await pathOf([unknown], { before: deleted })).toBe(path);
      expect(await pathOf([unknown], { before: told })).toBe(path);
    },
  );
});

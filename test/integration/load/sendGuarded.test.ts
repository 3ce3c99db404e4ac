import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type Database, openPool } from '../../../functions/engine/sql/pool.ts';
import { literal, sql } from '../../../functions/engine/sql/sql.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';
import type { SentRows } from '../../support/sentRows.ts';
import {
  doubled,
  openUserPages,
  type Order,
  sendPage,
  told,
  type UserPages,
} from '../../support/userPages.ts';

const REFUSED = { details: { sqlstate: 'GL011' } };

let created: TestDatabase;
let database: Database;
let pages: UserPages;

beforeAll(async () => {
  created = await createDatabase();
  database = openPool({ url: created.url, applicationName: 'tests', max: 2 });
  pages = await openUserPages(database);
});
afterAll(async () => {
  await database.close();
  await created.drop();
});

const send = (page: keyof UserPages, order: Order = {}): Promise<SentRows> =>
  sendPage(database, pages[page], order);

describe('a guarded package', () => {
  test.each([
    { method: 'upsert', names: ['Ann', 'Bob', 'Cy'], tags: ['b', 'x', 'y'], written: 2 },
    { method: 'merge-key', names: ['Ann', 'Bob', 'Cy'], tags: ['b', 'x', 'y'], written: 2 },
    { method: 'insert-only', names: ['Ada', 'Bob', 'Cy'], tags: ['a', 'b', 'y'], written: 1 },
    { method: 'append', names: ['Ada', 'Bob', 'Cy'], tags: ['a', 'b', 'y'], written: 1 },
    { method: 'replace', names: ['Ann', 'Cy'], tags: ['x', 'y'], written: 2 },
  ] as const)('is written by $method', async ({ method, ...expected }) => {
    const chain = { method, mergeKey: ['name'] };

    const sent = await send('changed', { chain });
    const turned = await send('changed', {
      chain,
      tables: ({ jobs }) => ({ jobs: jobs.toReversed() }),
    });

    for (const each of [sent, turned]) expect(each).toMatchObject({ ...expected, touched: true });
    expect(sent.copies).toEqual(['"gitlab_alloydb_stage_0"', '"gitlab_alloydb_stage_1"']);
  });

  test('that is skipped leaves its rows in the stages', async () => {
    const sent = await send('changed', { chain: { method: 'skip' } });

    expect(sent).toMatchObject({ statements: '', names: ['Ada', 'Bob'], tags: ['a', 'b'] });
  });

  test.each([
    { method: 'upsert', touched: false },
    { method: 'insert-only', touched: false },
    { method: 'append', touched: false },
    { method: 'skip', touched: false },
    { method: 'merge-key', touched: true },
    { method: 'scd2', touched: true },
    { method: 'replace', touched: true },
  ] as const)(
    'without rows touches the tables by $method: $touched',
    async ({ method, touched }) => {
      const chain = { method, mergeKey: ['name'], rowIds: [] };
      const before = sql`alter table gitlab_data.api_entities_user add _dlt_valid_to timestamptz`;

      const sent = await send('changed', { chain, before, tables: () => ({ jobs: [] }) });

      expect(sent).toMatchObject({ copies: [], written: 0, touched });
      if (!touched) expect(sent.statements).toBe('');
    },
  );

  test('writes roots that have no child in it', async () => {
    const added = await send('bare', { chain: { method: 'append' } });
    const upserted = await send('bare');

    expect(added).toMatchObject({ names: ['Ada', 'Bob'], tags: ['a', 'b'], written: 0 });
    expect(upserted).toMatchObject({ names: ['Ada', 'Bo'], tags: ['a'], written: 1 });
  });

  test('whose rows are as they are stored touches nothing', async () => {
    expect(await send('same')).toMatchObject({ written: 0, touched: false });
  });

  test.each(['as they are', 'turned round'])(
    'writes its tables in the order of their names, its chains %s',
    async (order) => {
      const sent = await send('changed', {
        tables: (page) => {
          const { jobs = [], chains = [] } = doubled(page);
          return { jobs, chains: order === 'turned round' ? chains.toReversed() : chains };
        },
      });

      const places = ['other', 'user'].map((name) =>
        sent.statements.indexOf(`insert into "gitlab_data"."api_entities_${name}" `),
      );
      expect(places).toEqual(places.toSorted((left, right) => left - right));
      expect(places).not.toContain(-1);
      expect(sent).toMatchObject({ names: ['Ann', 'Bob', 'Cy'], written: 2 });
    },
  );

  test('touches a table whose rows are all as they are beside one that is written', async () => {
    expect(await send('same', { tables: doubled })).toMatchObject({ written: 0, touched: true });
  });
});

describe('rows that say that they are deleted', () => {
  test.each([
    { method: 'upsert', names: ['Bob', 'Guy'], tags: ['b', 'h'], written: 1 },
    { method: 'insert-only', names: ['Ada', 'Bob', 'Guy'], tags: ['a', 'b', 'h'], written: 1 },
    {
      method: 'append',
      names: ['Ada', 'Bob', 'Fay', 'Guy'],
      tags: ['a', 'b', 'g', 'h'],
      written: 2,
    },
  ] as const)('are left out or not by $method', async ({ method, ...expected }) => {
    const sent = await send('deleted', { chain: { method, hardDelete: 'gone' } });

    expect(sent).toMatchObject({ ...expected, touched: true });
  });

  test('are rows as any other where no column says it', async () => {
    const sent = await send('deleted', { chain: { hardDelete: undefined } });

    expect(sent.names).toEqual(['Ada', 'Bob', 'Fay', 'Guy']);
  });

  test('touch the table although no row is written', async () => {
    const sent = await send('same', { chain: { hardDelete: 'gone' } });

    expect(sent).toMatchObject({ written: 0, touched: true });
  });
});

describe('a row that is stored with another id', () => {
  const foreign = sql`update gitlab_data.api_entities_user
    set _dlt_id = 'foreign', _dlt_load_id = '1' where id = 2`;
  const key = {
    ...{ common: ['id'], owners: [], form: 'whole' as const, address: undefined, content: [] },
    facts: { nullColumns: [], partsIdentify: false },
  };
  const adoptions = new Map([
    ['api_entities_user', { before: '2', key, byParent: new Set<string>() }],
  ]);

  test('goes where keys can be spelt in several ways, and else refuses the package', async () => {
    const loose = await send('bare', { before: foreign, chain: { hasLooseKeys: true } });
    const strict = send('bare', { before: foreign, chain: { hasLooseKeys: false } });

    expect(loose.names).toEqual(['Ada', 'Bo']);
    await expect(strict).rejects.toMatchObject({ details: { sqlstate: '23505' } });
  });

  test.each(['upsert', 'merge-key'] as const)('is adopted by %s', async (method) => {
    const chain = { method, mergeKey: ['name'] };

    const sent = await send('bare', { before: foreign, adoptions, chain });

    expect(sent).toMatchObject({ names: ['Ada', 'Bo'], written: 1 });
  });

  // G3
  test('is replaced by an event that adopts it', async () => {
    const asked = '2000-01-01';

    const sent = await send('bare', { before: foreign, adoptions, asked });

    expect(sent).toMatchObject({ names: ['Ada', 'Bo'], written: 1 });
  });
});

describe('beside an event', () => {
  // G3
  test('the page of a scan leaves the row that the event has written', async () => {
    const before = told(pages.changed.loadPackage.chains[0]?.rowIds[0]);

    expect(await send('changed', { before })).toMatchObject({
      ...{ names: ['Ada', 'Bob', 'Cy'], tags: ['a', 'b', 'y'], written: 1 },
    });
  });

  // G3
  test.each([
    { name: 'was committed before it asked GitLab', asked: '2100-01-01', isRefused: false },
    { name: 'was committed since it asked GitLab', asked: '2000-01-01', isRefused: true },
  ])('a row that $name is its to replace or not', async ({ asked, isRefused }) => {
    const sent = send('changed', { asked });

    if (isRefused) await expect(sent).rejects.toMatchObject(REFUSED);
    else expect(await sent).toMatchObject({ names: ['Ann', 'Bob', 'Cy'], written: 2 });
  });

  // G9
  test('a row that a later load has deleted does not come back', async () => {
    const id = literal(pages.changed.loadPackage.chains[0]?.rowIds[1] ?? '');
    const before = sql`insert into gitlab_data_state.tombstone
      (table_name, row_id, resource, partition_key, key, reason, load_id, last_load_id)
      values ('api_entities_user', ${id}, 'users', '', '{}', 'gone', '9', '1')`;

    expect(await send('changed', { before })).toMatchObject({
      ...{ names: ['Ann', 'Bob'], tags: ['b', 'x'], written: 1 },
    });
  });
});

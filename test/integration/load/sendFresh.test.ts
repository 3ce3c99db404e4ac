import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type Database, openPool } from '../../../functions/engine/sql/pool.ts';
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

/** Sends the page of new users straight into the tables. */
const send = (order: Order = {}): Promise<SentRows> =>
  sendPage(database, pages.added, { path: 'fresh', ...order });

describe('a fresh package', () => {
  test.each(['as they are', 'turned round'])(
    'goes straight into its tables in the order of their names, its jobs %s',
    async (order) => {
      const sent = await send({
        tables: ({ jobs }) => ({ jobs: order === 'turned round' ? jobs.toReversed() : jobs }),
      });

      expect(sent).toMatchObject({
        copies: ['"gitlab_data"."api_entities_user"', '"gitlab_data"."api_entities_user__tags"'],
        ...{ written: 2, touched: true },
        names: ['Ada', 'Bob', 'Dan', 'Eve'],
        tags: ['a', 'b', 'd', 'e', 'f'],
      });
    },
  );

  test('without rows sends and touches nothing', async () => {
    const sent = await send({
      chain: { rowIds: [] },
      tables: () => ({ jobs: [] }),
    });

    expect(sent).toMatchObject({ copies: [], statements: '', written: 0, touched: false });
  });

  test('without tables writes nothing', async () => {
    const sent = await send({ tables: () => ({ jobs: [], chains: [] }) });

    expect(sent).toMatchObject({ statements: '', written: 0, touched: false });
  });

  test.each([
    { jobs: 'has no row any more', names: [], written: 0 },
    { jobs: 'has rows', names: ['Dan', 'Eve'], written: 2 },
  ])('replaces the partition that $jobs', async ({ names, written }) => {
    const sent = await send({
      chain: { method: 'replace' },
      tables: ({ jobs }) => ({ jobs: written === 0 ? [] : jobs }),
    });

    expect(sent).toMatchObject({ names, written, touched: true });
  });

  // G3
  test('is refused where an event has written one of its rows meanwhile', async () => {
    const before = told(pages.added.loadPackage.chains[0]?.rowIds[1] ?? '');

    await expect(send({ before })).rejects.toMatchObject(REFUSED);
    await expect(send({ before, tables: doubled })).rejects.toMatchObject(REFUSED);
  });

  test.each(['insert-only', 'append'] as const)(
    'that only adds by %s asks for no event',
    async (method) => {
      const before = told(pages.added.loadPackage.chains[0]?.rowIds[1] ?? '');

      const sent = await send({ before, chain: { method } });

      expect(sent).toMatchObject({ statements: '', written: 2, touched: true });
    },
  );

  test('of two root tables counts the rows of the first', async () => {
    const sent = await send({ tables: doubled });

    expect(sent.copies[0]).toBe('"gitlab_data"."api_entities_other"');
    expect(sent).toMatchObject({ written: 2, touched: true });
  });
});

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { catalog } from '../../../functions/catalog.ts';
import { loadStatement } from '../../../functions/engine/load/loadStatement.ts';
import { encodeState, firstState } from '../../../functions/engine/load/pipelineState.ts';
import { readPipelineStates } from '../../../functions/engine/load/pipelineStates.ts';
import { loadId } from '../../../functions/engine/model/ids.ts';
import { NEW_DATASET_NAMES } from '../../../functions/engine/model/names.ts';
import { commitPackage } from '../../../functions/engine/run/commit.ts';
import { qualified } from '../../../functions/engine/sql/identifier.ts';
import { type Database, openPool } from '../../../functions/engine/sql/pool.ts';
import { joined, sql } from '../../../functions/engine/sql/sql.ts';
import { openDirectLoader } from '../../support/directLoad.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';
import { DATASET } from '../../support/run.ts';
import { readStored, type StoredRow } from '../../support/stored.ts';

const TABLE = qualified(DATASET, '_dlt_pipeline_state');
const LOADS = qualified(DATASET, '_dlt_loads');
const { users } = catalog.users.resources;
const { projects } = catalog.projects.resources;
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

async function rows(table = '_dlt_pipeline_state'): Promise<readonly StoredRow[]> {
  return (await readStored(database, DATASET)).get(table)?.rows ?? [];
}

/** Ends when a transaction waits for another one. */
async function untilSomethingWaits(): Promise<void> {
  for (;;) {
    const { rows: waiting } = await database.query(
      sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if (waiting.length > 0) return;
  }
}

describe('the first load', () => {
  test('leaves one row that dlt restores, with a value in every field', async () => {
    const loader = await openDirectLoader(database, { resource: users });
    expect(await rows()).toEqual([]);

    const [report] = await loader.load(['[{"id": 1}]']);

    const [row, ...more] = await rows();
    const first = firstState(DATASET, NEW_DATASET_NAMES);
    expect(more).toEqual([]);
    expect(row).toMatchObject({
      version: '1',
      engine_version: '4',
      pipeline_name: 'gitlab_pipeline',
      state: encodeState(first),
      version_hash: first._version_hash,
      _dlt_load_id: report?.loadId,
    });
    expect(row?.['_dlt_id']).toMatch(/^[\w+/-]{14}$/);
    expect(row?.['created_at']).not.toBeNull();
    expect(await readPipelineStates(database, DATASET)).toMatchObject([
      { pipelineName: 'gitlab_pipeline', loadId: report?.loadId, state: first },
    ]);
  });

  test('is the only one that writes it, in this run and the next', async () => {
    const loader = await openDirectLoader(database, { resource: users });
    await loader.load(['[{"id": 1}]']);
    const [row] = await rows();

    await loader.load(['[{"id": 2}]']);
    await (await openDirectLoader(database, { resource: users })).load(['[{"id": 3}]']);

    expect(await rows('_dlt_loads')).toHaveLength(3);
    expect(await rows()).toEqual([row]);
    expect(loader.commitContext.schemas.firstState.statement(loadId('1'), sql`true`)).toBe('');
  });

  test('does not write it when nothing was touched', async () => {
    const loader = await openDirectLoader(database, { resource: users });

    await loader.load(['[]']);

    expect([await rows('_dlt_loads'), await rows()]).toEqual([[], []]);
  });

  test('writes it once although two loads are the first', async () => {
    const loaders = await Promise.all(
      [users, projects, appearance].map(async (resource) => {
        const loader = await openDirectLoader(database, { resource });
        const packed = await loader.pack(await loader.claim(), '[{"id": 1, "name": "Ada"}]');
        return { loader, packed };
      }),
    );

    await Promise.all(
      loaders.map(({ loader, packed: { loadPackage, load } }) =>
        commitPackage(loader.commitContext, loadPackage, load),
      ),
    );

    expect(await rows('_dlt_loads')).toHaveLength(3);
    expect(await rows()).toHaveLength(1);
    expect(await readPipelineStates(database, DATASET)).toHaveLength(1);
  });

  test.each([
    { end: 'is killed', writer: 'second' },
    { end: 'commits', writer: 'first' },
  ])(
    'that $end while a second waits for it leaves the row of the $writer',
    async ({ end, writer }) => {
      const slow = await openDirectLoader(database, { resource: users });
      const { load: first } = await slow.pack(await slow.claim(), '[{"id": 1}]');
      const loader = await openDirectLoader(database, { resource: projects });
      const { loadPackage, load: second } = await loader.pack(await loader.claim(), '[{"id": 1}]');
      const { schemas } = slow.commitContext;
      const statements = [
        loadStatement(DATASET, { load: first, schema: schemas.version(), touched: sql`true` }),
        schemas.firstState.statement(first, sql`true`),
      ];
      let waiting: Promise<unknown> = Promise.resolve();

      const outcome = database.transaction(undefined, async (session) => {
        await session.simple(joined(statements, sql`;\n`));
        waiting = commitPackage(loader.commitContext, loadPackage, second);
        await untilSomethingWaits();
        if (end === 'is killed') throw new Error('killed');
      });

      await Promise.allSettled([outcome]);
      await waiting;
      expect(await rows()).toMatchObject([{ _dlt_load_id: writer === 'first' ? first : second }]);
      expect(await readPipelineStates(database, DATASET)).toHaveLength(1);
    },
  );

  test('after the loads were removed brings the row with it again', async () => {
    await (await openDirectLoader(database, { resource: users })).load(['[{"id": 1}]']);
    await database.query(sql`delete from ${LOADS}`);
    expect(await readPipelineStates(database, DATASET)).toEqual([]);

    const again = await openDirectLoader(database, { resource: users });
    const [report] = await again.load(['[{"id": 2}]']);

    expect(await rows()).toMatchObject([{ _dlt_load_id: report?.loadId }]);
  });
});

describe('a dataset whose table of states was dropped', () => {
  test('gets the table and its row again', async () => {
    await (await openDirectLoader(database, { resource: users })).load(['[{"id": 1}]']);
    await database.query(sql`drop table ${TABLE}`);
    expect(await readPipelineStates(database, DATASET)).toEqual([]);

    await (await openDirectLoader(database, { resource: users })).load(['[{"id": 2}]']);

    expect(await readPipelineStates(database, DATASET)).toHaveLength(1);
  });
});

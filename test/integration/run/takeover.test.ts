import { existsSync } from 'node:fs';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { catalog } from '../../../functions/catalog.ts';
import { inspectTakeover } from '../../../functions/engine/run/inspectTakeover.ts';
import { type Identifier, qualified } from '../../../functions/engine/sql/identifier.ts';
import { literal, type Sql, sql } from '../../../functions/engine/sql/sql.ts';
import { appendAgain, disguiseAsDlt, restoreRecorded } from '../../support/dltDataset.ts';
import { checksIn, violations } from '../../support/invariants.ts';
import {
  type Bench,
  DATASET,
  type Loaded,
  openBench,
  type Order,
  stateTable,
} from '../../support/run.ts';
import { CORE_RESOURCES, CORE_TABLES } from '../../support/seedResources.ts';
import { truthDifferences } from '../../support/truthDifferences.ts';

const JOBS = qualified(DATASET, 'api_entities_job');
const BRANCHES = qualified(DATASET, 'api_entities_branch');
const APPENDED = ['api_entities_metadata', 'api_entities_branch', 'api_entities_avatar'];
let bench: Bench;

beforeEach(async () => {
  bench = await openBench({ projects: 3, jobs: 60, branches: 12, users: 6, alerts: 4 });
  await load();
  await disguiseAsDlt(bench.database, DATASET, 'gitlab_source');
});

afterEach(() => bench.close());

function load(order: Order = {}): Promise<Loaded> {
  return bench.load({ environment: { RESOURCES: CORE_RESOURCES }, ...order });
}

async function one<T>(text: Sql): Promise<T | undefined> {
  const { rows } = await bench.database.query<{ value: T }>(text);
  return rows[0]?.value;
}

function regclass(table: Identifier): Sql {
  return sql`select ${literal(table)}::regclass::oid as value`;
}

function notices({ events }: Loaded): readonly string[] {
  return events.flatMap((event) =>
    event.event === 'problem' && event.resource === undefined ? [event.message] : [],
  );
}

function inspect(dedupe: boolean) {
  const settings = { databaseUrl: bench.databaseUrl, dataset: DATASET };
  const uuid = () => '00000000-0000-4000-8000-000000000001';
  return inspectTakeover(settings, { catalog, dedupe, random: () => 0, uuid });
}

/** Tables of which `verify` says that keys repeat. */
async function repeated(): Promise<readonly string[]> {
  const results = await bench.database.snapshot(undefined, (session) => checksIn(session));
  const told = results.filter(({ notice }) => notice?.includes('takeover --dedupe'));
  return told.flatMap(({ where, excused }) => (excused > 0 ? [where] : [])).toSorted();
}

async function expectTruth(): Promise<void> {
  const truth = Object.entries(bench.gitlab.truth('admin')).filter(([table]) =>
    CORE_TABLES.has(table),
  );
  expect(await truthDifferences(bench.database, Object.fromEntries(truth))).toEqual([]);
  expect(await violations(bench.database)).toEqual([]);
}

describe('a dataset that dlt has written', () => {
  // G7
  test('is gone on with: every row once, no table made anew, its schema name kept', async () => {
    const oid = await one(regclass(JOBS));
    await bench.database.query(
      sql`create view ${qualified(DATASET, 'every_job')} as select * from ${JOBS}`,
    );

    const first = await load();

    expect(first.report.outcome).toBe('done');
    await expectTruth();
    expect(await one(regclass(JOBS))).toBe(oid);
    expect(
      await one(
        sql`select string_agg(distinct schema_name, ',') as value from ${qualified(DATASET, '_dlt_loads')}`,
      ),
    ).toBe('gitlab_source');
    expect(
      await one(
        sql`select string_agg(distinct schema_name, ',') as value from ${qualified(DATASET, '_dlt_version')}`,
      ),
    ).toBe('gitlab_source');
    expect(notices(first).join('\n')).toContain(
      "written by dlt's pipeline 'gitlab_pipeline' with schema 'gitlab_source' version",
    );
    expect(
      await one(sql`select count(*)::int as value from ${qualified(DATASET, 'every_job')}`),
    ).toBe(await one(sql`select count(*)::int as value from ${JOBS}`));

    const second = await load();
    expect(second.events.some(({ event }) => event === 'taken-over')).toBe(false);
    await expectTruth();
  });

  // I8
  test('whose keys repeat says which, and `--dedupe` after the run keeps the newest', async () => {
    for (const table of APPENDED) await appendAgain(bench.database, DATASET, table);

    const { report, events } = await load();

    expect(report.outcome).toBe('done');
    const told = notices({ report, events, requests: 0 }).filter((text) => /too many/.test(text));
    expect(told.map((text) => /'(\w+)'/.exec(text)?.[1]).toSorted()).toEqual(APPENDED.toSorted());
    expect(told.join('\n')).toContain('{"name": "main"}');

    expect(await violations(bench.database)).toEqual([]);
    expect(await repeated()).toEqual(APPENDED.toSorted());

    const inspected = await inspect(true);

    expect(inspected?.tables.filter(({ superseded }) => superseded > 0)).toEqual([]);
    await expectTruth();
    expect(await repeated()).toEqual([]);
    expect(await inspect(true)).toMatchObject({ names: { schema: 'gitlab_source' } });
    await load();
    await expectTruth();
  });

  test('is only looked at without `--dedupe`, and can be deduped before the first run', async () => {
    const added = await appendAgain(bench.database, DATASET, 'api_entities_branch');
    const branches = {
      table: 'api_entities_branch',
      rows: added * 2,
      superseded: added,
      removed: 0,
    };

    const looked = await inspect(false);
    expect(looked?.tables.find(({ table }) => table === branches.table)).toMatchObject(branches);
    const again = await inspect(false);
    expect(again?.tables.find(({ table }) => table === branches.table)).toMatchObject(branches);

    const deduped = await inspect(true);
    expect(deduped?.tables.find(({ table }) => table === branches.table)).toMatchObject({
      ...{ rows: added, superseded: 0, removed: added },
    });
    await load({ request: { resources: ['branches'] } });
    expect(await one(sql`select count(*)::int as value from ${BRANCHES}`)).toBe(added);
  });

  test.each([
    { name: 'once more', isComplete: true },
    { name: 'once more and was killed before it told', isComplete: false },
  ])('is taken over again when dlt has loaded into it $name', async ({ isComplete }) => {
    await load();
    const dltLoad = '2100000000.25';
    await bench.database.query(
      sql`update ${JOBS} set _dlt_id = 'dlt' || left(md5(_dlt_id), 11), _dlt_load_id = $1::text,
            project_id = null, status = 'stale' where id % 2 = 0`,
      [dltLoad],
    );
    if (isComplete) {
      await bench.database.query(
        sql`insert into ${qualified(DATASET, '_dlt_loads')} values ($1::text, 'another_name', 0, now(), null)`,
        [dltLoad],
      );
    }

    // A takeover reads everything again by itself; without a trace of the load a full run meets the rows.
    const again = await load({ request: { mode: isComplete ? 'incremental' : 'full' } });

    expect(again.report.outcome).toBe('done');
    expect(again.events.some(({ event }) => event === 'taken-over')).toBe(isComplete);
    await expectTruth();
    const { rows } = await bench.database.query<{ table_name: string }>(
      sql`select table_name from ${stateTable('taken_over')} where before_load > $1::text`,
      [isComplete ? dltLoad : '1'],
    );
    expect(rows.map(({ table_name }) => table_name)).toContain('api_entities_job');
  });
});

const recorded = path.resolve(process.cwd(), '../shared/golden/dlt/seed_exact/run1');

describe.skipIf(!existsSync(recorded))("the dataset of dlt's own recorded run", () => {
  test('is taken over; its rows stay until they are read again', async () => {
    await bench.database.query(
      sql`drop schema ${qualified(DATASET, 'x').split('.')[0] as Sql} cascade`,
    );
    await restoreRecorded(bench.database, recorded, DATASET);

    const inspected = await inspect(false);

    expect(inspected).toMatchObject({
      names: { schema: 'rest_api' },
      schemaVersion: 2,
      stagingSchema: `${DATASET}_staging`,
    });
    expect(
      Object.fromEntries(
        inspected?.tables.map(({ table, rows, superseded }) => [table, [rows, superseded]]) ?? [],
      ),
    ).toMatchObject({
      api_entities_metadata: [40, 39],
      api_entities_job: [25, 0],
      api_entities_branch: [7, 4],
      api_entities_basic_badge_details: [160, 156],
    });
    const { report } = await bench.load();
    expect(report.outcome).toBe('done');
    const deduped = await inspect(true);
    expect(deduped?.tables.filter(({ superseded }) => superseded > 0)).toEqual([]);
  });
});

import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { catalog } from '../../../functions/catalog.ts';
import { runId } from '../../../functions/engine/model/ids.ts';
import type { PartitionTask } from '../../../functions/engine/model/position.ts';
import { commitPackage } from '../../../functions/engine/run/commit.ts';
import { type Database, openPool } from '../../../functions/engine/sql/pool.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import { forgetPositions } from '../../../functions/engine/state/forgetPositions.ts';
import { migrateState } from '../../../functions/engine/state/migrate.ts';
import {
  failPartition,
  type Failure,
  finishScan,
} from '../../../functions/engine/state/outcomes.ts';
import {
  type ClaimContext,
  claimPartitions,
  syncPartitions,
} from '../../../functions/engine/state/partitions.ts';
import { claimNow, openDirectLoader } from '../../support/directLoad.ts';
import { violations } from '../../support/invariants.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';
import { DATASET, stateTable } from '../../support/run.ts';

const { jobs } = catalog.jobs.resources;
const { users } = catalog.users.resources;
const { appearance, metadata } = catalog.instance.resources;
const LASTS = { message: 'a key is missing', status: 'active', lastingCode: 'E_VALUE' } as const;
const PASSES = { message: 'GitLab is down', status: 'active' } as const;

let created: TestDatabase;
let database: Database;
let context: ClaimContext;

beforeAll(async () => {
  created = await createDatabase();
  database = openPool({ url: created.url, applicationName: 'tests', max: 4 });
  await migrateState(database, DATASET);
  context = { database, dataset: DATASET, runId: runId(randomUUID()), leaseSeconds: 60 };
  const admitted = ['1', '2', '3', '4'];
  await syncPartitions(context, jobs, { admitted, excluded: [] });
});
afterAll(async () => {
  await database.close();
  await created.drop();
});

interface PartitionRow {
  readonly status: string;
  readonly seq: bigint;
  readonly scan_id: bigint;
  readonly scan_token: unknown;
  readonly scan_started_at: Date | null;
  readonly complete_as_of: Date | null;
  readonly owner: string | null;
  readonly fail_count: number;
  readonly failing_code: string | null;
  readonly failing_runs: number;
  readonly last_error: string | null;
  readonly wait: number | null;
}

async function standing(resource: string, partition: string): Promise<PartitionRow> {
  const { rows } = await database.query<PartitionRow>(
    sql`select *, extract(epoch from not_before - updated_at)::float8 as wait from ${stateTable('partition')}
        where resource = $1::text and partition_key = $2::text`,
    [resource, partition],
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`no partition '${partition}' of '${resource}'`);
  return row;
}

/** Claims a partition and fails it, as runs do one after the other; returns how it stands then. */
async function failWith(partition: string, failures: readonly Failure[]): Promise<PartitionRow> {
  for (const failure of failures) {
    const [task] = await claimPartitions(context, { ...claimNow(jobs), partition });
    if (task === undefined) throw new Error(`partition '${partition}' cannot be claimed`);
    await failPartition(context, task, failure);
  }
  return standing('jobs', partition);
}

describe('a partition that fails', () => {
  // T11
  test('a failure keeps position and status and waits twice as long each time', async () => {
    const first = await failWith('1', [PASSES]);
    const second = await failWith('1', [PASSES]);

    const kept = { status: 'active', seq: 0n, scan_token: null, owner: null };
    expect(first).toMatchObject({ ...kept, fail_count: 1, last_error: PASSES.message });
    expect(second).toMatchObject({ ...kept, fail_count: 2 });
    expect(Math.round(first.wait ?? 0)).toBe(15);
    expect(Math.round(second.wait ?? 0)).toBe(30);
  });

  // T14
  test('five failures with one code halt it, whatever passes in between', async () => {
    const almost = await failWith('2', [LASTS, LASTS, PASSES, LASTS, LASTS]);
    const halted = await failWith('2', [LASTS]);
    const left = await claimPartitions(context, { ...claimNow(jobs), partition: '2' });

    expect(almost).toMatchObject({ status: 'active', failing_runs: 4 });
    expect(halted).toMatchObject({ status: 'halted', failing_runs: 5, failing_code: 'E_VALUE' });
    expect(halted).toMatchObject({ owner: null, last_error: LASTS.message });
    expect(left).toEqual([]);
  });

  // T14
  test('failures that may pass never halt it, and another code counts anew', async () => {
    const passing = await failWith('3', [PASSES, PASSES, PASSES, PASSES, PASSES, PASSES]);
    const other = { ...LASTS, lastingCode: 'E_CONTRACT' } as const;
    const changing = await failWith('3', [LASTS, LASTS, LASTS, LASTS, other]);

    expect(passing).toMatchObject({ status: 'active', failing_runs: 0, fail_count: 6 });
    expect(changing).toMatchObject({ status: 'active', failing_runs: 1 });
  });
});

describe('a partition that the scope leaves out while it is claimed', () => {
  beforeEach(async () => {
    await database.query(
      sql`update ${stateTable('partition')} set owner = null, lease_until = null, status = 'active', not_before = null
          where resource in ('metadata', 'jobs')`,
    );
  });

  // T2 T8
  test('is gone although its package ends the scan, and its rows stay', async () => {
    const loader = await openDirectLoader(database, { resource: metadata });
    const { loadPackage, load } = await loader.pack(await loader.claim(), '[{"version": "18.5"}]');
    await syncPartitions(context, metadata, { admitted: [], excluded: [''] });

    const { rows } = await commitPackage(loader.commitContext, loadPackage, load);

    const expected = { status: 'gone', seq: 1n, scan_token: null, owner: null };
    expect(await standing('metadata', '')).toMatchObject(expected);
    expect(rows).toBe(1);
    expect(await violations(database)).toEqual([]);
  });

  // T2 T9 T11
  test.each([
    { name: 'when its scan ends', end: (task: PartitionTask) => finishScan(context, task) },
    { name: 'when it fails', end: (task: PartitionTask) => failPartition(context, task, PASSES) },
    {
      name: 'when GitLab refuses it',
      end: (task: PartitionTask) =>
        failPartition(context, task, { ...PASSES, status: 'inaccessible' }),
    },
  ])('stays gone $name', async ({ end }) => {
    const [task] = await claimPartitions(context, { ...claimNow(jobs), partition: '4' });
    if (task === undefined) throw new Error('nothing was claimed');
    await syncPartitions(context, jobs, { admitted: [], excluded: ['4'] });

    await end(task);

    expect(await standing('jobs', '4')).toMatchObject({ status: 'gone', owner: null });
    await syncPartitions(context, jobs, { admitted: ['4'], excluded: [] });
    expect(await standing('jobs', '4')).toMatchObject({ status: 'active' });
  });
});

describe('a scan', () => {
  // T4
  test('a scan that is under way keeps its number and its beginning when it is claimed again', async () => {
    const loader = await openDirectLoader(database, { resource: users, leaseSeconds: 0.01 });
    const middle = await loader.pack(await loader.claim(), '[{"id": 1}]', 'more');
    await commitPackage(loader.commitContext, middle.loadPackage, middle.load);
    const before = await standing('users', '');
    await new Promise((resolve) => setTimeout(resolve, 30));

    const task = await loader.claim();

    const after = await standing('users', '');
    expect(task).toMatchObject({ token: { page: 2 }, scanId: before.scan_id });
    expect(after.scan_started_at).toEqual(before.scan_started_at);
  });

  // T7
  test('a package in the middle of a scan moves the token and keeps the claim', async () => {
    const loader = await openDirectLoader(database, { resource: appearance });
    const middle = await loader.pack(await loader.claim(), '[{"title": "a"}]', 'more');

    await commitPackage(loader.commitContext, middle.loadPackage, middle.load);

    expect(await standing('appearance', '')).toMatchObject({
      ...{ seq: 1n, scan_token: { page: 2 }, owner: loader.runId, complete_as_of: null },
    });
  });

  // I4 T16
  test('positions that are forgotten in the middle of a scan leave a history without a break', async () => {
    const forgetting = { resource: 'appearance', runId: context.runId };
    await database.transaction(undefined, (session) =>
      forgetPositions(session, DATASET, forgetting),
    );
    const forgotten = await standing('appearance', '');
    const loader = await openDirectLoader(database, { resource: appearance });
    await database.query(
      sql`update ${stateTable('partition')} set owner = null, lease_until = null`,
    );

    await loader.load(['[{"title": "b"}]']);

    expect(forgotten).toMatchObject({ seq: 2n, scan_token: null, owner: null });
    expect(await violations(database)).toEqual([]);
  });

  // T8
  test('the last package of a scan moves the cursor, gives the claim back and forgets failures', async () => {
    await database.query(
      sql`update ${stateTable('partition')} set failing_code = 'E_VALUE', failing_runs = 4, fail_count = 4, last_error = 'x'
          where resource = 'appearance'`,
    );
    const loader = await openDirectLoader(database, { resource: appearance });

    await loader.load(['[{"title": "c"}]']);

    const row = await standing('appearance', '');
    expect(row).toMatchObject({
      ...{ status: 'active', seq: 4n, scan_token: null, owner: null, last_error: null, wait: null },
      ...{ fail_count: 0, failing_runs: 0, failing_code: null },
    });
    expect(row.complete_as_of).toEqual(row.scan_started_at);
  });
});

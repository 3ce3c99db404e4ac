import { randomUUID } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { catalog } from '../../../functions/catalog.ts';
import { runId } from '../../../functions/engine/model/ids.ts';
import type { PartitionTask } from '../../../functions/engine/model/position.ts';
import { type Database, openPool } from '../../../functions/engine/sql/pool.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import { migrateState } from '../../../functions/engine/state/migrate.ts';
import { failPartition, finishScan } from '../../../functions/engine/state/outcomes.ts';
import {
  type ClaimContext,
  claimPartitions,
  remainingPartitions,
  renewLeases,
  syncPartitions,
} from '../../../functions/engine/state/partitions.ts';
import { claimNow } from '../../support/directLoad.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';
import { DATASET, stateTable } from '../../support/run.ts';

const { jobs } = catalog.jobs.resources;
const KEYS = ['1', '2', '3'];

let created: TestDatabase;
let database: Database;

beforeEach(async () => {
  created = await createDatabase();
  database = openPool({ url: created.url, applicationName: 'tests', max: 6 });
  await migrateState(database, DATASET);
  await syncPartitions(holder(), jobs, { admitted: KEYS, excluded: [] });
});
afterEach(async () => {
  await database.close();
  await created.drop();
});

function holder(leaseSeconds = 60): ClaimContext {
  return { database, dataset: DATASET, runId: runId(randomUUID()), leaseSeconds };
}

async function claimed(context: ClaimContext, changes = {}): Promise<readonly PartitionTask[]> {
  return claimPartitions(context, { ...claimNow(jobs), ...changes });
}

function keysOf(tasks: readonly PartitionTask[]): readonly string[] {
  return tasks.map(({ partition }) => partition).toSorted();
}

async function statuses(): Promise<unknown> {
  const { rows } = await database.query(
    sql`select partition_key as key, status from ${stateTable('partition')} order by 1`,
  );
  return rows.map((row) => Object.values(row).join(' '));
}

describe('syncPartitions', () => {
  // T1 T2
  test('adds new partitions and lets those rest that the scope leaves out', async () => {
    await syncPartitions(holder(), jobs, { admitted: ['2', '4'], excluded: ['1', '3'] });

    expect(await statuses()).toEqual(['1 gone', '2 active', '3 gone', '4 active']);
    expect(keysOf(await claimed(holder()))).toEqual(['2', '4']);
  });

  // T3
  test('takes up a partition again that has come back', async () => {
    await syncPartitions(holder(), jobs, { admitted: ['2'], excluded: ['1', '3'] });
    await syncPartitions(holder(), jobs, { admitted: KEYS, excluded: [] });

    expect(await statuses()).toEqual(['1 active', '2 active', '3 active']);
  });

  test('leaves partitions alone that this run knows nothing of', async () => {
    await syncPartitions(holder(), jobs, { admitted: [], excluded: [] });

    expect(await statuses()).toEqual(['1 active', '2 active', '3 active']);
  });

  test('leaves a halted partition halted', async () => {
    await database.query(
      sql`update ${stateTable('partition')} set status = 'halted' where partition_key = '1'`,
    );

    await syncPartitions(holder(), jobs, { admitted: KEYS, excluded: [] });

    expect(keysOf(await claimed(holder()))).toEqual(['2', '3']);
  });
});

describe('claimPartitions', () => {
  test('gives each partition to one of many claimers', async () => {
    const claims = await Promise.all(
      Array.from({ length: 8 }, () => claimed(holder(), { limit: 1 })),
    );

    expect(keysOf(claims.flat())).toEqual(KEYS);
  });

  // T4
  test('raises the fence and begins a scan', async () => {
    const [task] = await claimed(holder(), { partition: '2' });

    expect(task).toMatchObject({ partition: '2', fence: 1n, seq: 0n, scanId: 1n });
    expect(task).toMatchObject({ cursor: undefined, token: undefined });
  });

  // G5 T5
  test('takes over a lease that has run out, with a higher fence', async () => {
    await claimed(holder(0.01));
    await new Promise((resolve) => setTimeout(resolve, 30));

    const taken = await claimed(holder());

    expect(taken.map(({ fence }) => fence)).toEqual([2n, 2n, 2n]);
  });

  // G5 T5
  test('takes over a lease that ends later than any can, as after a clock that was set back', async () => {
    await claimed(holder());
    await database.query(
      sql`update ${stateTable('partition')} set lease_until = clock_timestamp() + interval '2 hours'`,
    );

    expect(keysOf(await claimed(holder()))).toEqual(KEYS);
  });

  // G5
  test('reads once more what was finished in the future', async () => {
    await database.query(
      sql`update ${stateTable('partition')} set complete_as_of = clock_timestamp() + interval '2 hours'`,
    );
    const context = holder();
    const tasks = await claimed(context);

    for (const task of tasks) expect(await finishScan(context, task)).toBe('finished');

    expect(keysOf(tasks)).toEqual(KEYS);
    expect(await claimed(context, { asOf: new Date(Date.now() - 60_000) })).toEqual([]);
  });

  // T6
  test('leaves a lease alone that its holder renews', async () => {
    const first = holder(0.2);
    await claimed(first);
    await renewLeases({ ...first, leaseSeconds: 60 });
    await new Promise((resolve) => setTimeout(resolve, 250));

    expect(await claimed(holder())).toEqual([]);
  });

  // T9
  test('passes over what was finished since the instant of the request', async () => {
    const asOf = new Date();
    const first = holder();
    const [task, ...rest] = await claimed(first, { asOf });
    if (task === undefined) throw new Error('nothing was claimed');
    expect(await finishScan(first, task)).toBe('finished');

    const remaining = await remainingPartitions(holder(), { ...claimNow(jobs), asOf });

    expect(await claimed(holder(), { asOf })).toEqual([]);
    expect(remaining).toMatchObject({ due: 0, held: rest.length, own: 0 });
    expect(await remainingPartitions(first, claimNow(jobs))).toMatchObject({ own: rest.length });
  });

  // T11
  test.each([
    { name: 'a failure holds a schedule back', retry: undefined, backoff: 'respect', free: 2 },
    { name: 'a failure does not hold a person back', retry: undefined, backoff: 'ignore', free: 3 },
    { name: 'a Retry-After holds everybody back', retry: 60, backoff: 'ignore', free: 2 },
  ] as const)('$name', async ({ retry, backoff, free }) => {
    const context = holder();
    const [task, ...rest] = await claimed(context);
    if (task === undefined) throw new Error('nothing was claimed');
    const failure = { message: 'failed', status: 'active' } as const;
    await failPartition(context, task, {
      ...failure,
      ...(retry === undefined ? {} : { retryAfterSeconds: retry }),
    });
    for (const other of rest)
      await failPartition(context, other, { ...failure, retryAfterSeconds: 0 });

    expect(await claimed(holder(), { backoff })).toHaveLength(free);
  });

  // T9
  test('a scan that was taken over cannot be finished by its old holder', async () => {
    const old = holder(0.01);
    const [task] = await claimed(old, { partition: '1' });
    if (task === undefined) throw new Error('nothing was claimed');
    await new Promise((resolve) => setTimeout(resolve, 30));
    await claimed(holder(), { partition: '1' });

    expect(await finishScan(old, task)).toBe('fenced');
  });

  // G5
  test('ends the transaction in which a holder is stuck whose lease has run out', async () => {
    const old = holder(0.01);
    await claimed(old);
    const stuck = database
      .named(`gitlab-alloydb/${old.runId}`)
      .transaction(undefined, async (session) => {
        await session.query(sql`select pg_sleep(20)`);
      });
    const ended = expect(stuck).rejects.toMatchObject({ code: 'E_DATABASE_UNREACHABLE' });
    await new Promise((resolve) => setTimeout(resolve, 100));

    expect(await claimed(holder())).toHaveLength(3);
    await ended;
  });
});

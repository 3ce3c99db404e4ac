import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { type Database, openPool } from '../../../functions/engine/sql/pool.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import { migrateState } from '../../../functions/engine/state/migrate.ts';
import { forgetOldBudgets, rateBudgets } from '../../../functions/engine/state/rateBudget.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';
import { DATASET, stateTable } from '../../support/run.ts';
import { minuteLimit, openRig, perMinute, START } from '../extract/pacingRig.ts';

const ORDER = {
  ...{ token: 'hash', scope: 'throttle', start: 600, seconds: 60 },
  ...{ wanted: 40, most: 80, limit: 100, observed: 0 },
};

let created: TestDatabase;
let database: Database;

beforeEach(async () => {
  created = await createDatabase();
  database = openPool({ url: created.url, applicationName: 'tests', max: 8 });
  await migrateState(database, DATASET);
});
afterEach(async () => {
  await database.close();
  await created.drop();
});

/** What is granted to one who asks for one at a time until nothing is left. */
async function drain(order = ORDER): Promise<number> {
  const budgets = rateBudgets(database, DATASET);
  for (let total = 0; ;) {
    const { granted } = await budgets.lease(order);
    if (granted === 0) return total;
    total += granted;
  }
}

describe('a lease', () => {
  // GL3.6
  test('gives out no more than the limit, whoever asks at the same time', async () => {
    const granted = await Promise.all(Array.from({ length: 8 }, () => drain()));

    expect(granted.reduce((sum, one) => sum + one, 0)).toBe(80);
  });

  test('of the next window leaves what this one has used', async () => {
    expect(await drain()).toBe(80);
    expect(await drain({ ...ORDER, start: 660 })).toBe(80);

    expect(await drain()).toBe(0);
    expect(await drain({ ...ORDER, start: 720 })).toBe(80);
    expect(await drain({ ...ORDER, start: 660 })).toBe(0);
  });

  // GL3.7
  test('takes off what GitLab counted and nobody was given', async () => {
    expect(await drain({ ...ORDER, observed: 70 })).toBe(30);
  });

  test('is there again when it was given back', async () => {
    const budgets = rateBudgets(database, DATASET);
    await drain();
    await budgets.giveBack({ ...ORDER, unused: 7 });

    expect(await drain()).toBe(7);
  });

  test('goes on when the clock of GitLab was set back', async () => {
    await drain({ ...ORDER, start: 6_000 });

    expect(await drain()).toBe(80);
  });
});

describe('a pause', () => {
  test('stops leases of its scope, and those of everything', async () => {
    const budgets = rateBudgets(database, DATASET);
    await budgets.pause({ token: 'hash', scope: 'throttle', milliseconds: 60_000 });
    await budgets.pause({ token: 'hash', scope: 'throttle', milliseconds: 5 });

    const { granted, pausedMilliseconds } = await budgets.lease(ORDER);
    const other = await budgets.lease({ ...ORDER, scope: 'other' });

    expect(granted).toBe(0);
    expect(pausedMilliseconds).toBeGreaterThan(30_000);
    expect(other.granted).toBeGreaterThan(0);
    await budgets.pause({ token: 'hash', scope: '*', milliseconds: 60_000 });
    expect((await budgets.lease({ ...ORDER, scope: 'other' })).granted).toBe(0);
    expect(await budgets.pauses(['hash', 'nobody'])).toHaveLength(2);
  });

  test('is forgotten with its token after a week', async () => {
    await rateBudgets(database, DATASET).pause({ token: 'hash', scope: '*', milliseconds: 5 });
    await database.query(
      sql`update ${stateTable('rate_budget')} set updated_at = now() - interval '8 days'`,
    );

    await forgetOldBudgets(database, DATASET);

    const { rows } = await database.query(sql`select from ${stateTable('rate_budget')}`);
    expect(rows).toEqual([]);
  });
});

describe('eight clients with one token', () => {
  const order = { path: (index: number) => `/projects/${index.toString()}`, abreast: 2 };

  // GL3.7
  test.each([
    { reservePercent: 20, most: 96 },
    { reservePercent: 0, most: 120 },
  ])('use nine tenths of $most, the first requests too, and never more', async (limit) => {
    const { reservePercent, most } = limit;
    await using rig = await openRig(minuteLimit(120));
    const clients = Array.from({ length: 8 }, () =>
      rig.open(rateBudgets(database, DATASET), { reservePercent }),
    );

    await rig.work(clients, START + 3 * 60_000, order);

    const minutes = perMinute(rig.seen).slice(0, 3);
    expect(rig.seen.filter(({ status }) => status !== 200)).toEqual([]);
    for (const count of minutes) expect(count).toBeLessThanOrEqual(most);
    for (const count of minutes) expect(count).toBeGreaterThanOrEqual(0.9 * most);
  });

  // GL3.6
  test('send nothing while GitLab wants nothing, whoever was told', async () => {
    const closed = START + 10_000;
    await using rig = await openRig(({ now }) =>
      now >= closed && now < closed + 30_000
        ? { status: 429, headers: { 'retry-after': '30' }, body: '"Retry later"' }
        : { status: 200, headers: {} },
    );
    const clients = Array.from({ length: 8 }, () => rig.open(rateBudgets(database, DATASET)));

    await rig.work(clients, START + 60_000, { ...order, abreast: 1 });

    const refused = rig.seen.filter(({ status }) => status === 429);
    const first = refused[0]?.now ?? 0;
    expect(first).toBeGreaterThan(0);
    expect(refused.filter(({ now }) => now > first + 1_000)).toEqual([]);
    expect(rig.seen.filter(({ now }) => now > first + 1_000 && now < first + 29_000)).toEqual([]);
    expect(rig.events).toContainEqual(expect.objectContaining({ event: 'requests-paused' }));
  });
});

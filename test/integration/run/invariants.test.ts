import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { sql } from '../../../functions/engine/sql/sql.ts';
import { type Damage, STATE_DAMAGES, TABLE_DAMAGES } from '../../support/damages.ts';
import { insertJob } from '../../support/gitlab/world/mutations.ts';
import { type Violation, violations, violationsIn } from '../../support/invariants.ts';
import { type Bench, openBench } from '../../support/run.ts';

describe('violations', () => {
  let bench: Bench;

  beforeAll(async () => {
    bench = await openBench({ projects: 3, jobs: 60, branches: 6 });
    await bench.load({ request: { resources: ['jobs'] } });
    for (const id of bench.gitlab.world.projects.keys()) insertJob(bench.gitlab.world, id);
    await bench.load({ request: { resources: ['jobs'] } });
  });
  afterAll(() => bench.close());

  /** What a damage breaks, and the key that it should show; the damage is undone. */
  async function brokenBy({ damage, key }: Damage) {
    const broken: Violation[] = [];
    let expected: unknown;
    const undo = new Error('undo');
    await bench.database
      .transaction(undefined, async (session) => {
        const { rows } = await session.query<{ key: unknown }>(sql`select (${key}) as key`);
        expected = rows[0]?.key;
        await session.simple(damage);
        broken.push(...(await violationsIn(session)));
        throw undo;
      })
      .catch((error: unknown) => {
        if (error !== undo) throw error;
      });
    return { broken, expected };
  }

  test('finds nothing after runs that went well', async () => {
    expect(await violations(bench.database)).toEqual([]);
  });

  // I1 I2 I3 I4 I5 I6 I7 I8 I9 I10 I13 I14 I15 I16 I17
  test.each([...STATE_DAMAGES, ...TABLE_DAMAGES])('finds $name with its key', async (one) => {
    const { broken, expected } = await brokenBy(one);

    const found = broken.find(({ invariant }) => `${invariant}:`.startsWith(one.told));
    expect(found?.keys, JSON.stringify(broken)).toContain(expected);
    expect(found?.keys.length).toBeLessThanOrEqual(5);
  });
});

import { describe, expect, test } from 'vitest';

import { SETTINGS } from '../../../functions/engine/config/settings.ts';
import { violations } from '../../support/invariants.ts';
import { type Bench, openBench } from '../../support/run.ts';
import { truthDifferences } from '../../support/truthDifferences.ts';

const SIZE = { projects: 6, jobs: 400, branches: 60 };

async function differences({ gitlab, database }: Bench): Promise<readonly unknown[]> {
  const { api_entities_basic_badge_details: _, ...truth } = gitlab.truth('admin', {
    dictionaryTables: SETTINGS.dictionaryTables.fallback,
  });
  return [...(await truthDifferences(database, truth)), ...(await violations(database))];
}

async function requestsOfOneRun(): Promise<number> {
  await using bench = await openBench(SIZE);
  return (await bench.load()).requests;
}

describe('runs at the same time', () => {
  test.each([2, 8])('%i share the work and leave equal tables', async (count) => {
    const alone = await requestsOfOneRun();
    await using bench = await openBench(SIZE);
    const asOf = new Date();

    const loaded = await Promise.all(
      Array.from({ length: count }, () => bench.load({ request: { asOf } })),
    );

    const problems = loaded.flatMap(({ report }) => report.problems);
    expect(problems.filter(({ code }) => code !== 'NOTICE')).toEqual([]);
    expect(loaded.map(({ report }) => report.outcome)).toEqual(loaded.map(() => 'done'));
    // Each run asks who it is before it begins.
    expect(bench.gitlab.requests.total - 3 * count).toBeLessThanOrEqual(alone * 1.25);
    expect(await differences(bench)).toEqual([]);
  });

  test('write each changed row once', async () => {
    await using bench = await openBench(SIZE);
    const asOf = new Date();

    const loaded = await Promise.all([1, 2, 3].map(() => bench.load({ request: { asOf } })));

    const jobs = loaded.reduce((sum, { report }) => sum + (report.resources['jobs']?.written ?? 0), 0);
    expect(jobs).toBe(SIZE.jobs);
  });
});

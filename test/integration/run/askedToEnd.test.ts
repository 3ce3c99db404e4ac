import { expect, test } from 'vitest';

import { closedGate } from '../../support/gate.ts';
import { violations } from '../../support/invariants.ts';
import { openBench, requestOf } from '../../support/run.ts';
import { truthDifferences } from '../../support/truthDifferences.ts';

const JOBS = { resources: ['jobs'] };

// T10
test('a run that is asked to end commits what it has read, and the next one reads the rest', async () => {
  await using bench = await openBench({ projects: 1, jobs: 1_500, branches: 10 });
  const stopper = new AbortController();
  const stop = (): void => {
    stopper.abort(new Error('stopped by a signal'));
  };
  // Fewer rows than a package takes are read by then.
  bench.gitlab.faults.add({
    match: { path: /\/jobs\?/ },
    after: 8,
    times: 1,
    respond: { run: stop },
  });
  const stopped = await bench.load({ request: JOBS, signal: stopper.signal });
  const broken = await violations(bench.database);

  const next = await bench.load({ request: JOBS });

  const [first, second] = [stopped, next].map(({ report }) => report.resources['jobs']?.written);
  expect(stopped.report).toMatchObject({ outcome: 'suspended', problems: [] });
  expect(stopped.report).not.toHaveProperty('leftTo');
  expect(broken).toEqual([]);
  expect(first).toBeGreaterThanOrEqual(600);
  expect((first ?? 0) + (second ?? 0)).toBe(1_500);
  const { api_entities_job = [] } = bench.gitlab.truth('admin');
  expect(await truthDifferences(bench.database, { api_entities_job })).toEqual([]);
});

test('a run says who has what it leaves', async () => {
  await using bench = await openBench({ projects: 2, jobs: 400, branches: 10 });
  await bench.load({ request: JOBS });
  const arrival = closedGate();
  const departure = closedGate();
  const match = { path: /\/jobs\?/ };
  bench.gitlab.faults.add(
    { match, respond: { run: arrival.open }, times: 1 },
    { match, respond: { waitFor: departure.passed } },
  );
  const first = bench.load({ request: JOBS });
  await arrival.passed;

  const second = await bench.load({ request: { ...JOBS, ...requestOf({ until: 'once' }) } });
  departure.open();

  expect(second.report).toMatchObject({ outcome: 'suspended', leftTo: 'another-run' });
  expect((await first).report).toMatchObject({ outcome: 'done' });
  expect((await first).report).not.toHaveProperty('leftTo');
});

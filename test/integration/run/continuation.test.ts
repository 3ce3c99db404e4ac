import { expect, test } from 'vitest';

import type { RunRequest } from '../../../functions/engine/model/run.ts';
import type { Waker } from '../../../functions/engine/model/waker.ts';
import { exitCodeOfReport } from '../../../functions/engine/run/exitCode.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import { startCountingProxy } from '../../support/countingProxy.ts';
import { type Bench, openBench, stateTable } from '../../support/run.ts';
import { truthDifferences } from '../../support/truthDifferences.ts';

const JOBS = { resources: ['jobs'] };
/** Pages of 100 rows, one after the other, for which one second is too short. */
const SLOW = { projects: 2, jobs: 2_400, branches: 2, latencyMilliseconds: 100 };
const SHORT = { TIME_BUDGET_SECONDS: '3' };
const VERY_SLOW = { ...SLOW, jobs: 1_800, latencyMilliseconds: 350 };

async function differences({ gitlab, database }: Bench): Promise<readonly string[]> {
  const { api_entities_job = [] } = gitlab.truth('admin');
  return truthDifferences(database, { api_entities_job });
}

/** A waker that keeps what it is asked for. */
function listener(): Waker & { readonly asked: RunRequest[] } {
  const asked: RunRequest[] = [];
  return {
    asked,
    wake: (continuation) => {
      asked.push(continuation);
      return Promise.resolve();
    },
  };
}

// G4
test('a load that outlasts its invocations goes on by itself, reports once and asks for no page twice', async () => {
  await using bench = await openBench(SLOW);

  const { report, events, requests } = await bench.load({ request: JOBS, invocationSeconds: 1 });

  const told = events.map(({ event }) => event);
  expect(report).toMatchObject({ outcome: 'done', requests, problems: [] });
  expect(told.filter((event) => event === 'continuation-asked').length).toBeGreaterThan(1);
  expect(told.filter((event) => event === 'run-report')).toEqual(['run-report']);
  expect(report.resources['jobs']).toMatchObject({ written: 2_400, partitions: 2, failed: 0 });
  expect(await differences(bench)).toEqual([]);
  const pages = bench.gitlab.requests.entries.flatMap(({ url }) => (/jobs/.test(url) ? url : []));
  expect(pages).toHaveLength(new Set(pages).size);
  expect(pages.filter((url) => /scope|jobs\/\d/.test(url))).toEqual([]);
});

test('a continuation has the instant of the run that asked for it, and finds nothing to do twice', async () => {
  await using bench = await openBench(VERY_SLOW);
  const waker = listener();
  const first = await bench.load({ request: JOBS, environment: SHORT, waker });
  const [continuation] = waker.asked;

  await bench.load({ request: { ...continuation, until: 'done' } });
  const again = await bench.load({ request: { ...continuation, until: 'done' } });

  expect(first.report).toMatchObject({ outcome: 'suspended', leftTo: 'continuation' });
  expect(waker.asked).toHaveLength(1);
  expect(continuation).toMatchObject({ trigger: 'continuation', resources: ['jobs'] });
  expect(again.report).toMatchObject({ outcome: 'done', resources: { jobs: { read: 0 } } });
  expect(await differences(bench)).toEqual([]);
});

test('nobody is asked when a run is done, is stopped, or has failed', async () => {
  await using bench = await openBench({ projects: 2, jobs: 60, branches: 2 });
  const waker = listener();
  const stopper = new AbortController();

  await bench.load({ request: JOBS, waker });
  bench.gitlab.faults.add({ match: { path: /jobs/ }, respond: { status: 400, body: '{}' } });
  await bench.load({ request: JOBS, waker });
  stopper.abort(new Error('stopped by a signal'));
  await bench.load({ request: JOBS, waker, signal: stopper.signal }).catch(() => undefined);

  expect(waker.asked).toEqual([]);
});

test('a continuation that cannot be asked for is a notice; the next run goes on', async () => {
  await using bench = await openBench(VERY_SLOW);
  const waker: Waker = { wake: () => Promise.reject(new Error('topic not found')) };

  const { report, events } = await bench.load({ request: JOBS, environment: SHORT, waker });

  expect(report.outcome).toBe('suspended');
  expect(report).not.toHaveProperty('leftTo');
  expect(events).toContainEqual(
    expect.objectContaining({
      event: 'problem',
      code: 'NOTICE',
      message: 'No continuation could be asked for (topic not found); the next run goes on.',
    }),
  );
});

test('what was loaded is reported although the next invocation cannot begin', async () => {
  await using bench = await openBench(SLOW);
  const proxy = await startCountingProxy(bench.databaseUrl);
  const closed: PromiseLike<void>[] = [];

  const { report, events } = await bench.load({
    request: JOBS,
    invocationSeconds: 2,
    databaseUrl: proxy.url,
    report: ({ event }) => {
      if (event === 'continuation-asked') closed.push(proxy[Symbol.asyncDispose]());
    },
  });

  await Promise.all(closed);
  expect(report.outcome).toBe('failed');
  expect(report.problems).toContainEqual(
    expect.objectContaining({ code: 'E_DATABASE_UNREACHABLE' }),
  );
  expect(report.resources['projects']).toMatchObject({ failed: 0, partitions: 1 });
  expect(events.at(-1)).toEqual({ event: 'run-report', ...report });
});

/** Lets what a run asks before it loads take longer than the invocation lasts. */
function startSlowly({ gitlab }: Bench): void {
  gitlab.faults.add({
    match: { path: /\/(user|metadata|version|personal_access_tokens\/self)$/ },
    respond: { delayMilliseconds: 1_200 },
  });
}

test('invocations whose start takes all of their time commit something each and come to an end', async () => {
  await using bench = await openBench({ projects: 2, jobs: 400, branches: 2 });
  startSlowly(bench);

  const { report, events } = await bench.load({ request: JOBS, invocationSeconds: 1 });

  expect(report).toMatchObject({ outcome: 'done', problems: [] });
  const told = events.map(({ event }) => event);
  const parts = told.join(' ').split('continuation-asked').slice(0, -1);
  expect(parts).not.toEqual([]);
  for (const part of parts) expect(part).toMatch(/package-committed|partition-finished/);
  expect(await differences(bench)).toEqual([]);
});

test('an invocation whose start takes all of its time is done when nothing is due', async () => {
  await using bench = await openBench({ projects: 2, jobs: 20, branches: 2 });
  const request = { ...JOBS, asOf: new Date() };
  await bench.load({ request });
  startSlowly(bench);

  const { report, events } = await bench.load({ request, invocationSeconds: 1 });

  expect(report.seconds).toBeGreaterThan(1);
  expect(report).toMatchObject({ outcome: 'done', problems: [] });
  expect(events.map(({ event }) => event)).not.toContain('continuation-asked');
});

test('nobody is asked to go on by a run that could commit nothing, which says so', async () => {
  await using bench = await openBench({ projects: 2, jobs: 60, branches: 2 });
  await bench.load({ request: JOBS });
  await bench.database.query(
    sql`update ${stateTable('partition')} set owner = gen_random_uuid(), complete_as_of = null,
        lease_until = clock_timestamp() + interval '1 hour'
        where resource = 'jobs'`,
  );
  const waker = listener();

  const { report } = await bench.load({
    request: { ...JOBS, until: 'done' },
    environment: SHORT,
    waker,
  });

  expect(waker.asked).toEqual([]);
  expect(report.outcome).toBe('suspended');
  expect(exitCodeOfReport(report)).toBe(75);
  expect(report.problems.map(({ message }) => message)).toContainEqual(
    'Nothing could be committed in 3 s, so no continuation is asked for; unless another run is at work, TIME_BUDGET_SECONDS is too short.',
  );
});

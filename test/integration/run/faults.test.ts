import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { FaultAction, FaultRule } from '../../support/gitlab/faults.ts';
import { violations } from '../../support/invariants.ts';
import { type Bench, openBench } from '../../support/run.ts';
import { truthDifferences } from '../../support/truthDifferences.ts';

const REQUEST = { resources: ['jobs', 'branches', 'project_badges'] };
const LISTS = /\/(?:jobs|branches|badges|projects)\b/;

let bench: Bench;

beforeEach(async () => {
  bench = await openBench({ projects: 3, jobs: 250, branches: 12 });
});
afterEach(() => bench.close());

async function differences(): Promise<readonly unknown[]> {
  const { api_entities_job, api_entities_branch, api_entities_project } =
    bench.gitlab.truth('admin');
  const truth = {
    api_entities_job: api_entities_job ?? [],
    api_entities_branch: api_entities_branch ?? [],
    api_entities_project: api_entities_project ?? [],
  };
  return [
    ...(await truthDifferences(bench.database, truth)),
    ...(await violations(bench.database)),
  ];
}

/** Faults after which a run goes on by itself. */
const PASSING: readonly { readonly name: string; readonly rules: readonly FaultRule[] }[] = [
  { name: 'a burst of 500', rules: [rule({ status: 500 }, { times: 4 })] },
  { name: 'a burst of 502 as HTML', rules: [rule({ status: 502, body: '<html>' }, { times: 3 })] },
  { name: 'a reset socket', rules: [rule('reset', { after: 1, times: 2 })] },
  { name: 'half a body', rules: [rule('truncate', { after: 2, times: 2 })] },
  { name: 'a slow answer', rules: [rule({ delayMilliseconds: 300 }, { times: 3 })] },
  {
    name: 'a rate limit',
    rules: [rule({ status: 429, headers: { 'Retry-After': '1' } }, { after: 2, times: 1 })],
  },
  {
    name: 'everything together',
    rules: [
      rule({ status: 503 }, { after: 1, times: 1 }),
      rule('reset', { after: 4, times: 1 }),
      rule('truncate', { after: 5, times: 1 }),
    ],
  },
];

function rule(respond: FaultAction, limits: Pick<FaultRule, 'after' | 'times'>): FaultRule {
  return { match: { path: LISTS }, respond, ...limits };
}

describe('a run', () => {
  // GL1.14
  test.each(PASSING)('completes with equal tables after $name', async ({ rules }) => {
    bench.gitlab.faults.add(...rules);

    const { report } = await bench.load({ request: REQUEST });

    expect(report.outcome).toBe('done');
    expect(rules.map((one) => bench.gitlab.faults.struck(one) > 0)).not.toContain(false);
    expect(await differences()).toEqual([]);
  });

  test('tells of every repeated request', async () => {
    bench.gitlab.faults.add(rule({ status: 500 }, { times: 3 }));

    const { events } = await bench.load({ request: REQUEST });

    const retried = events.filter(({ event }) => event === 'request-retried');
    expect(retried).toHaveLength(3);
  });
});

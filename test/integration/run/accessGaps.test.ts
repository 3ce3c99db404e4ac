import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import {
  branchCount,
  CATALOG,
  openGapLines,
  partitionStatus,
  refusal,
  shortGaps,
} from '../../support/gaps.ts';
import type { FaultAnswer } from '../../support/gitlab/faults.ts';
import { at } from '../../support/gitlab/random.ts';
import { insertBranch } from '../../support/gitlab/world/mutations.ts';
import { setDisabledFeatures } from '../../support/gitlab/world/projectChanges.ts';
import { setMemberRole } from '../../support/gitlab/world/rights.ts';
import { type Bench, type Loaded, openBench, type Order } from '../../support/run.ts';

let bench: Bench;
let ids: readonly number[];

beforeEach(async () => {
  bench = await openBench({ projects: 8, jobs: 1, branches: 40, users: 12, alerts: 0 });
  ids = [...bench.gitlab.world.projects.keys()];
});
afterEach(() => bench.close());

function load(order: Order = {}): Promise<Loaded> {
  return bench.load({ catalog: CATALOG, ...order });
}

function refusing(status: number, body: string, type = 'application/json'): FaultAnswer {
  return { status, headers: { 'Content-Type': type }, body };
}

/** How often one project's branches were asked for since the log was cleared. */
function asked(id: number, part: string): number {
  const path = `/projects/${id.toString()}${part}`;
  return bench.gitlab.requests.entries.filter(({ url }) => url.includes(path)).length;
}

describe('a feature that is switched off', () => {
  test('is asked for once, then left alone, and is loaded when it is switched on', async () => {
    const { world } = bench.gitlab;
    const id = at(ids, 0);
    await load();
    setDisabledFeatures(world, id, ['repository']);
    const off = await load();
    bench.gitlab.requests.clear();
    const idle = await load();
    const idleRequests = asked(id, '');
    setDisabledFeatures(world, id, []);
    const on = await load();

    expect(shortGaps(off)).toEqual(['opened branches feature-off 1']);
    expect(off.report.outcome).toBe('done');
    expect(shortGaps(idle)).toEqual([]);
    expect(idle.report).toMatchObject({ outcome: 'done', problems: [] });
    expect(idleRequests).toBe(0);
    expect(shortGaps(on)).toEqual(['closed branches feature-off 1']);
    expect(await partitionStatus(bench, id)).toBe('active');
  });
});

describe('a refusal', () => {
  // GL1.8
  test('costs one question about its project, however many resources meet it', async () => {
    const id = at(ids, 0);
    bench.gitlab.faults.add(refusal(id, 403));

    await load();

    expect(asked(id, '/repository')).toBe(1);
    expect(asked(id, '')).toBe(2);
  });

  test('that speaks of the plan is one of the tier', async () => {
    const words = 'Your current plan does not include it (glpat-abcdefghij1234567890)';
    bench.gitlab.faults.add(refusal(at(ids, 0), 403, words));

    const { report } = await load();

    expect(report.gaps).toMatchObject([{ change: 'opened', class: 'tier' }]);
    expect(report.problems[0]?.message).toContain('Your current plan does not include it (…)');
  });

  test('is told again when its reason is another one', async () => {
    const id = at(ids, 0);
    bench.gitlab.faults.add(refusal(id, 403));
    await load();
    bench.gitlab.faults.clear();
    setDisabledFeatures(bench.gitlab.world, id, ['repository']);

    const changed = await load();

    expect(shortGaps(changed)).toEqual(['changed branches feature-off 1']);
    expect(changed.report.outcome).toBe('done');
  });

  test('of a role that is too low ends when the role is raised', async () => {
    const { world, memberToken: token } = bench.gitlab;
    const id = at(
      ids.filter((candidate) => world.projects.get(candidate)?.path === 'android-app'),
      0,
    );
    insertBranch(world, id, 'its-own');
    setMemberRole(world, id, 10);
    const low = await load({ token });
    setMemberRole(world, id, 20);
    const high = await load({ token });

    expect(shortGaps(low)).toContain('opened branches no-permission 1');
    expect(shortGaps(high)).toEqual(['closed branches no-permission 1']);
    expect(await branchCount(bench, id)).toBe(world.projects.get(id)?.branches.length);
  });
});

describe('a GitLab that refuses everything', () => {
  // GL1.7
  test.each([
    { name: 'as its API', type: 'application/json', body: '{"message":"403 Forbidden"}' },
    { name: 'as a web page', type: 'text/html', body: '<html>Forbidden</html>' },
  ])('$name ends the run with one sentence and marks nothing', async ({ type, body }) => {
    await load();
    bench.gitlab.faults.add({
      match: { path: /\/(?:projects\/\d+|user$)/u },
      after: 2,
      respond: refusing(403, body, type),
    });

    const { report } = await load();

    expect(report.outcome).toBe('failed');
    expect(report.problems.map(({ code }) => code)).toEqual(['E_GITLAB_BLOCKED']);
    expect(await openGapLines(bench)).toEqual([]);
  });

  test('already at the first question ends before anything is begun', async () => {
    const body = '{"message":"403 Forbidden - Your account has been blocked."}';
    bench.gitlab.faults.add({ match: { path: /\/user$/u }, respond: refusing(403, body) });

    await expect(load()).rejects.toMatchObject({
      code: 'E_GITLAB_BLOCKED',
      message: expect.stringContaining('Your account has been blocked') as string,
    });
  });

  test('for lack of a scope is a wrong setting that names the scope', async () => {
    const body = '{"error":"insufficient_scope","scope":"read_repository"}';
    const path = /\/repository/u;
    bench.gitlab.faults.add({ match: { path }, respond: refusing(403, body), times: 1 });

    const { report } = await load();

    expect(report.outcome).toBe('failed');
    expect(report.problems).toMatchObject([{ code: 'E_GITLAB_AUTH' }]);
    expect(report.problems[0]?.message).toContain("'read_repository'");
    expect(await openGapLines(bench)).toEqual([]);
  });
});

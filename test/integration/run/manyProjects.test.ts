import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import {
  branchCount,
  CATALOG,
  openGapLines,
  refusal,
  shortGaps,
  storedPaths,
} from '../../support/gaps.ts';
import { at } from '../../support/gitlab/random.ts';
import { deleteProject, renameProject } from '../../support/gitlab/world/mutations.ts';
import { projectPath } from '../../support/gitlab/world/ownership.ts';
import { transferProject } from '../../support/gitlab/world/projectChanges.ts';
import { violations } from '../../support/invariants.ts';
import { type Bench, type Loaded, openBench, type Order } from '../../support/run.ts';

let bench: Bench;
let ids: readonly number[];

beforeEach(async () => {
  bench = await openBench({ projects: 2000, jobs: 1, branches: 2100, users: 12, alerts: 0 });
  ids = [...bench.gitlab.world.projects.keys()];
});
afterEach(() => bench.close());

function load(order: Order = {}): Promise<Loaded> {
  return bench.load({ catalog: CATALOG, environment: { CONCURRENCY: '32' }, ...order });
}

function ask(id: number): Promise<Loaded> {
  return load({ request: { resources: ['branches'], partition: id.toString() } });
}

describe('2,000 projects', () => {
  // G4 T13
  test('of which 3 answer 403, 3 answer 404, 2 are renamed, 1 is transferred and 1 is deleted', async () => {
    const { world, faults } = bench.gitlab;
    const target = at([...world.groups.keys()], 0);
    const [forbidden, missing] = [ids.slice(10, 13), ids.slice(13, 16)];
    faults.add(...forbidden.map((id) => refusal(id, 403)));
    faults.add(...missing.map((id) => refusal(id, 404)));

    const first = await load();
    const read = first.report.resources['branches']?.partitions;
    renameProject(world, at(ids, 20), 'other-name');
    renameProject(world, at(ids, 21), 'one-more-name');
    transferProject(world, at(ids, 22), target);
    const deleted = at(ids, 23);
    const kept = await branchCount(bench, deleted);
    deleteProject(world, deleted);
    const second = await load();
    const open = await openGapLines(bench);

    expect(first.report.outcome).toBe('done');
    expect(read).toBe(1994);
    expect(shortGaps(first)).toEqual([
      'opened branches feature-off 3',
      'opened branches no-permission 3',
    ]);
    // What is known is not told again.
    expect(second.report.outcome).toBe('done');
    expect(shortGaps(second)).toEqual(['opened projects gone 1']);
    expect(second.report.problems).toHaveLength(1);
    expect(open).toEqual([
      'branches feature-off 404 3',
      'branches no-permission 403 3',
      'projects gone 404 1',
    ]);
    expect(kept).toBeGreaterThan(0);
    expect(await branchCount(bench, deleted)).toBe(kept);
    const paths = [...world.projects.values()].map((project) => projectPath(world, project));
    expect(await storedPaths(bench)).toEqual(expect.arrayContaining(paths));

    faults.clear();
    const granted = await ask(at(forbidden, 0));
    const switchedOn = await ask(at(missing, 0));

    expect(shortGaps(granted)).toEqual(['closed branches no-permission 1']);
    expect(shortGaps(switchedOn)).toEqual(['closed branches feature-off 1']);
    for (const id of [at(forbidden, 0), at(missing, 0)])
      expect(await branchCount(bench, id)).toBe(world.projects.get(id)?.branches.length);
    expect(await violations(bench.database)).toEqual([]);
  }, 120_000);
});

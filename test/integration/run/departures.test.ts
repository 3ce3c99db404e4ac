import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import {
  branchCount,
  CATALOG,
  partitionStatus,
  shortGaps,
  storedPaths,
} from '../../support/gaps.ts';
import type { FaultAnswer } from '../../support/gitlab/faults.ts';
import { at } from '../../support/gitlab/random.ts';
import {
  deleteProject,
  insertBranch,
  insertProject,
} from '../../support/gitlab/world/mutations.ts';
import { projectPath } from '../../support/gitlab/world/ownership.ts';
import { markForDeletion, transferProject } from '../../support/gitlab/world/projectChanges.ts';
import { setMemberGroupRole } from '../../support/gitlab/world/rights.ts';
import { violations } from '../../support/invariants.ts';
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

function listOf(body: string): FaultAnswer {
  return { status: 200, headers: { 'Content-Type': 'application/json' }, body };
}

/** How often one project's branches were asked for since the log was cleared. */
function asked(id: number, part: string): number {
  const path = `/projects/${id.toString()}${part}`;
  return bench.gitlab.requests.entries.filter(({ url }) => url.includes(path)).length;
}

describe('a project that leaves the list', () => {
  // T2 T3
  test('rests as gone with its rows, and comes back by itself when it is listed again', async () => {
    const { world } = bench.gitlab;
    const id = at(ids, 0);
    const project = world.projects.get(id);
    if (project === undefined) throw new Error('the project is gone');
    await load();
    const kept = await branchCount(bench, id);
    deleteProject(world, id);
    const left = await load();
    const status = await partitionStatus(bench, id);
    bench.gitlab.requests.clear();
    const idle = await load();
    const idleRequests = asked(id, '');
    world.projects.set(id, project);
    insertProject(world, project.groupId, 'another');
    const back = await load();

    expect(shortGaps(left)).toEqual(['opened projects gone 1']);
    expect(left.report.resources['branches']).toMatchObject({ partitions: 7, failed: 0 });
    expect(status).toBe('gone');
    expect(await branchCount(bench, id)).toBe(kept);
    expect(shortGaps(idle)).toEqual([]);
    expect(idleRequests).toBe(0);
    expect(shortGaps(back)).toEqual(['closed projects gone 1']);
    expect(await partitionStatus(bench, id)).toBe('active');
    expect(back.report.resources['branches']).toMatchObject({ partitions: 9 });
    expect(await violations(bench.database)).toEqual([]);
  });

  test('because the token lost its membership is no longer visible', async () => {
    const { world, memberToken: token } = bench.gitlab;
    await load({ token });
    for (const id of world.groupRoles.keys()) setMemberGroupRole(world, id, 0);

    const left = await load({ token });
    const other = await load({ token });

    expect(shortGaps(left).join()).toMatch(
      /opened groups not-visible \d,opened projects not-visible \d/,
    );
    expect(shortGaps(other)).toEqual([]);
  });

  test('while it still answers goes on being loaded', async () => {
    const id = at(ids, 0);
    await load();
    const path = /\/projects\?/u;
    bench.gitlab.faults.add({ match: { path }, respond: listOf('[]'), times: 1 });

    const hidden = await load();

    expect(hidden.report).toMatchObject({ outcome: 'done', gaps: [] });
    expect(hidden.report.resources['branches']).toMatchObject({ partitions: 8 });
    expect(await partitionStatus(bench, id)).toBe('active');
  });

  test('because it is marked for deletion rests until it is restored', async () => {
    const { world } = bench.gitlab;
    const id = at(ids, 0);
    await load();
    markForDeletion(world, id, '2026-11-01');
    const listed = await load();
    const list = { path: /\/projects\?/u };
    const others = ids.filter((other) => other !== id).map((other) => ({ id: other }));
    const rows = others.map(({ id: other }) => ({ id: other, path_with_namespace: 'acme/x' }));
    bench.gitlab.faults.add({
      match: list,
      respond: listOf(JSON.stringify(rows)),
      times: 1,
    });
    const hidden = await load();

    expect(listed.report.resources['branches']).toMatchObject({ partitions: 8 });
    expect(shortGaps(hidden)).toEqual(['opened projects pending-deletion 1']);
    expect(await partitionStatus(bench, id)).toBe('gone');
  });
});

describe('GITLAB_SCOPE', () => {
  test('is asked of the new path: a project that moves out rests, one that moves in is loaded', async () => {
    const { world } = bench.gitlab;
    const paths = [...world.projects.values()].map((project) => projectPath(world, project));
    const environment = { GITLAB_SCOPE: 'acme/**' };
    const groupOf = (prefix: string): number =>
      at(
        [...world.groups.values()].filter(({ fullPath }) => fullPath === prefix),
        0,
      ).id;
    const inside = at(
      ids.filter((_, index) => paths[index]?.startsWith('acme/') === true),
      0,
    );
    const outside = at(
      ids.filter((_, index) => paths[index]?.startsWith('acme/') === false),
      0,
    );
    await load({ environment });
    const kept = await branchCount(bench, inside);

    transferProject(world, inside, groupOf('labs'));
    transferProject(world, outside, groupOf('acme'));
    const moved = await load({ environment });

    expect(moved.report).toMatchObject({ outcome: 'done', gaps: [] });
    expect(await partitionStatus(bench, inside)).toBe('gone');
    expect(await branchCount(bench, inside)).toBe(kept);
    expect(await partitionStatus(bench, outside)).toBe('active');
    expect(await branchCount(bench, outside)).toBe(world.projects.get(outside)?.branches.length);
    const now = world.projects.get(inside);
    if (now === undefined) throw new Error('the project is gone');
    expect(await storedPaths(bench)).toContain(projectPath(world, now));
  });
});

describe('the access token of one project', () => {
  test('whose list shows nothing loads that project alone', async () => {
    const { world, faults, memberToken: token } = bench.gitlab;
    const id = at([...world.projectRoles.keys()], 0);
    insertBranch(world, id, 'its-own');
    const user = { id: 77, username: `project_${id.toString()}_bot_4f2a`, is_admin: false };
    faults.add({ match: { path: /\/user$/u }, respond: listOf(JSON.stringify(user)) });
    faults.add({ match: { path: /\/(?:projects|groups)\?/u }, respond: listOf('[]') });

    const first = await load({ token });
    const second = await load({ token });

    const project = world.projects.get(id);
    if (project === undefined) throw new Error('the project is gone');
    expect(await storedPaths(bench)).toEqual([projectPath(world, project)]);
    expect(await branchCount(bench, id)).toBe(project.branches.length);
    expect(first.report).toMatchObject({ outcome: 'done', problems: [] });
    expect(second.report).toMatchObject({ outcome: 'done', problems: [] });
  });
});

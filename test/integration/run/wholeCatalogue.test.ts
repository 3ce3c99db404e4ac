import { describe, expect, test } from 'vitest';

import { catalog } from '../../../functions/catalog.ts';
import { allResources } from '../../../functions/engine/catalog/selection.ts';
import { SETTINGS } from '../../../functions/engine/config/settings.ts';
import type { ResourceSpec } from '../../../functions/engine/model/resource.ts';
import type { SimulatedGitlab } from '../../support/gitlab/server.ts';
import { SHELVES } from '../../support/gitlab/shelves/all.ts';
import {
  insertRow,
  rowsIn,
  updateRow,
  type Where,
} from '../../support/gitlab/shelves/mutations.ts';
import { placesOf } from '../../support/gitlab/shelves/objects.ts';
import type { Place } from '../../support/gitlab/shelves/shelf.ts';
import type { Truth } from '../../support/gitlab/truthRows.ts';
import { makeWorld } from '../../support/gitlab/world.ts';
import type { World } from '../../support/gitlab/world/model.ts';
import { violations } from '../../support/invariants.ts';
import { type Bench, openBench } from '../../support/run.ts';
import { truthDifferences } from '../../support/truthDifferences.ts';

/** Few projects: each of them is a partition of dozens of resources. */
const WORLD = { projects: 3, jobs: 150, branches: 40, users: 12, alerts: 8 } as const;

const EVERYTHING = { environment: { RESOURCES: '' } } as const;

const scheduled = allResources(catalog).filter(({ on }) => on === 'schedule');

/** Rows that GitLab never changes. */
const UNCHANGING = /events$|^commits$|_commits$/u;

/** A world whose GitLab has its clock, so that what changes in it changes now. */
function worldWithClock() {
  const world = makeWorld(WORLD);
  return { world, now: () => world.clock.milliseconds };
}

function tablesOf(resources: readonly ResourceSpec[]): ReadonlySet<string> {
  const names = resources.flatMap(({ table, splits }) => [
    table,
    ...splits.map((split) => split.table),
  ]);
  return new Set(names);
}

/** What a load of these resources leaves behind. */
function truthOf(
  gitlab: SimulatedGitlab,
  who: 'admin' | 'member',
  resources: readonly ResourceSpec[],
): Truth {
  const { fallback: dictionaryTables } = SETTINGS.dictionaryTables;
  const truth = Object.entries(gitlab.truth(who, { dictionaryTables, shelves: 'all' }));
  const tables = tablesOf(resources);
  return Object.fromEntries(truth.filter(([name]) => tables.has(name)));
}

function readableBy(who: 'admin' | 'member'): readonly ResourceSpec[] {
  return scheduled.filter(({ access }) => who === 'admin' || access === 'any');
}

function idsOf(resources: readonly ResourceSpec[]): readonly string[] {
  return resources.map(({ id }) => id).toSorted();
}

/** Adds a row to every shelf, and changes another one where GitLab lets it be changed. */
function changeEverything({ world }: SimulatedGitlab): void {
  for (const shelf of SHELVES) {
    const [place] = placesOf(world, 'admin', shelf);
    if (place !== undefined && shelf.size !== 'one') change(world, shelf.name, whereIs(place));
  }
}

function change(world: World, name: string, where: Where): void {
  // Nobody is a member twice, and few people are left.
  if (!name.includes('_members')) insertRow(world, name, where);
  const [first] = rowsIn(world, name, where);
  if (first !== undefined && !UNCHANGING.test(name)) {
    updateRow(world, { name, where, id: first.id }, { description: 'changed' });
  }
}

function whereIs({ project, group, parent }: Place): Where {
  const owner = project?.id ?? group?.id ?? 0;
  return parent === undefined ? owner : [owner, parent.entry.id];
}

/** Rows and values that differ from what GitLab has, and promises that are broken. */
async function wrongIn({ gitlab, database }: Bench, who: 'admin' | 'member') {
  const resources = readableBy(who);
  const truth = truthOf(gitlab, who, resources);
  const unknown = [...tablesOf(resources)].filter((name) => !(name in truth));
  return [
    ...unknown,
    ...(await truthDifferences(database, truth)),
    ...(await violations(database)),
  ];
}

describe('the whole catalogue', () => {
  test('is loaded as an administrator sees it, and again when it changed', async () => {
    await using bench = await openBench(worldWithClock());

    const { report } = await bench.load(EVERYTHING);
    const wrong = await wrongIn(bench, 'admin');
    changeEverything(bench.gitlab);
    await bench.load(EVERYTHING);

    expect(Object.keys(report.resources).toSorted()).toEqual(idsOf(readableBy('admin')));
    expect(new Set(report.problems.map(({ code }) => code))).toEqual(new Set(['NOTICE']));
    expect(wrong).toEqual([]);
    expect(await wrongIn(bench, 'admin')).toEqual([]);
  }, 120_000);

  test('is loaded as a member sees it', async () => {
    await using bench = await openBench(worldWithClock());

    const { report } = await bench.load({ token: bench.gitlab.memberToken, ...EVERYTHING });

    expect(Object.keys(report.resources).toSorted()).toEqual(idsOf(readableBy('member')));
    expect(new Set(report.problems.map(({ code }) => code))).toEqual(
      new Set(['NOTICE', 'E_GITLAB_FORBIDDEN']),
    );
    expect(await wrongIn(bench, 'member')).toEqual([]);
  }, 120_000);
});

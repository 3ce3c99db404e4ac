import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { RunEvent } from '../../../functions/engine/model/events.ts';
import { qualified } from '../../../functions/engine/sql/identifier.ts';
import { joined, literal, sql } from '../../../functions/engine/sql/sql.ts';
import { churningRows, startChurn } from '../../support/churn.ts';
import type { FaultRule } from '../../support/gitlab/faults.ts';
import { insertRow } from '../../support/gitlab/shelves/mutations.ts';
import { makeWorld } from '../../support/gitlab/world.ts';
import { brokenOf, checksIn, violations } from '../../support/invariants.ts';
import { type Bench, DATASET, openBench } from '../../support/run.ts';
import { deletedRows, JSON_TYPE } from '../../support/sweepBench.ts';
import { truthDifferences } from '../../support/truthDifferences.ts';

const SEED = 20261123;
/** Rows that each project has more than the world began with. */
const MORE = { issues: 120, merge_requests: 30, pipelines: 30, project_labels: 130 } as const;
const TABLES = {
  jobs: ['api_entities_job', 'id'],
  branches: ['api_entities_branch', 'name'],
  issues: ['api_entities_issue', 'id'],
  merge_requests: ['api_entities_merge_request', 'id'],
  pipelines: ['api_entities_pipeline', 'id'],
  project_labels: ['api_entities_label', 'id'],
} as const;
const RESOURCES = Object.keys(TABLES);
const INCREMENTAL = { request: { resources: ['projects', ...RESOURCES] } };
const SWEEPING = { ...INCREMENTAL, environment: { FULL_PASS_HOURS: '0' } };
/** Requests that change the world; few enough for the brake to let the deletions pass. */
const CHURNING = 150;

/** What goes wrong between GitLab and the loader while the world changes. */
const FAULTS: readonly FaultRule[] = [
  { match: every(13), respond: 'reset' },
  { match: every(19), respond: { status: 500, body: 'Internal Server Error' } },
  { match: every(29), respond: { status: 502, body: 'Bad Gateway' } },
  {
    match: every(41),
    respond: { status: 429, headers: { 'Retry-After': '1' }, body: 'Retry later' },
  },
];

function every(nth: number): FaultRule['match'] {
  let seen = 0;
  return () => (seen += 1) % nth === 0;
}

let bench: Bench;

beforeAll(async () => {
  const world = makeWorld({ projects: 3, jobs: 400, branches: 260 });
  for (const project of world.projects.keys()) {
    for (const [shelf, count] of Object.entries(MORE))
      for (let row = 0; row < count; row += 1) insertRow(world, shelf, project);
  }
  bench = await openBench({ world, now: () => world.clock.milliseconds });
});

afterAll(async () => {
  await bench.close();
});

/** Every stored row that churns, by the names that the world's rows have. */
const STORED = joined(
  Object.entries(TABLES).map(
    ([resource, [table, column]]) =>
      sql`select ${literal(resource)} || ' ' || project_id || ' ' || ${column === 'id' ? sql`id` : sql`name`} as id
        from ${qualified(DATASET, table)}`,
  ),
  sql` union all `,
);

/** Of so many snapshots one is checked as `verify` does it. */
const CHECKED_EVERY = 10;

/** Looks at snapshots while runs work; tells what was seen to vanish although GitLab has it, and what was broken. */
function openReader({ database, gitlab }: Bench) {
  const known = new Set<string>();
  const wrong = new Set<string>();
  let snapshots = 0;
  let looking: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    const isChecked = snapshots % CHECKED_EVERY === 0;
    snapshots += 1;
    const { rows, results } = await database.snapshot(undefined, async (session) => ({
      rows: (await session.query<{ id: string }>(STORED)).rows,
      results: isChecked ? await checksIn(session) : [],
    }));
    const stored = new Set(rows.map(({ id }) => id));
    // Asked after the snapshot: what is deleted by now may have gone before it.
    const world = churningRows(gitlab.world);
    for (const id of known) if (!stored.has(id) && world.has(id)) wrong.add(`${id} vanished`);
    for (const id of stored) known.add(id);
    for (const { invariant } of brokenOf(results)) wrong.add(invariant);
    looking = undefined;
  };
  return {
    /** Begins to look at each package, unless it is looking still. */
    report: ({ event }: RunEvent) => {
      if (event === 'package-committed' || event === 'rows-deleted') looking ??= look();
    },
    snapshots: () => snapshots,
    wrong: async () => {
      await looking;
      await look();
      return [...wrong];
    },
  };
}

function differences(): Promise<readonly string[]> {
  const names: readonly string[] = Object.values(TABLES).map(([table]) => table);
  const truth = Object.entries(bench.gitlab.truth('admin', { shelves: RESOURCES }));
  return truthDifferences(
    bench.database,
    Object.fromEntries(truth.filter(([name]) => names.includes(name))),
  );
}

describe(`a world that changes with every request, from the seed ${SEED.toString()}`, () => {
  // G4, G9, GL2.11
  test('is in the tables after two quiet runs, and no row that GitLab has was ever missing meanwhile', async () => {
    const { faults, world } = bench.gitlab;
    await bench.load(INCREMENTAL);
    const { report, snapshots, wrong } = openReader(bench);
    const churn = startChurn(world, SEED);
    faults.add({ match: () => true, times: CHURNING, respond: { run: churn.strike } });

    const churned = [
      await bench.load({ ...INCREMENTAL, report }),
      await bench.load({ ...SWEEPING, report }),
    ];
    faults.add(...FAULTS);
    churned.push(
      await bench.load({ ...INCREMENTAL, report }),
      await bench.load({ ...SWEEPING, report }),
    );
    const struck = FAULTS.map((rule) => faults.struck(rule));
    faults.clear();
    const quiet = [
      await bench.load({ ...SWEEPING, report }),
      await bench.load({ ...SWEEPING, report }),
    ];

    expect(churn.strikes()).toBe(CHURNING);
    expect(struck.every((times) => times > 0)).toBe(true);
    expect([...churned, ...quiet].flatMap(({ report }) => report.problems)).toEqual([]);
    expect(await wrong()).toEqual([]);
    expect(snapshots()).toBeGreaterThan(5);
    expect([...churned, ...quiet].reduce((sum, run) => sum + deletedRows(run), 0)).toBeGreaterThan(
      CHURNING,
    );
    expect(await differences()).toEqual([]);
    expect(await violations(bench.database)).toEqual([]);
  }, 120_000);

  // G9
  test('loses no row when GitLab suddenly answers [] for issues and labels', async () => {
    const { faults } = bench.gitlab;
    const respond = { status: 200, headers: JSON_TYPE, body: '[]' };
    faults.add({ match: { path: /\/(issues|labels)\?/u }, respond });

    const emptied = await bench.load(SWEEPING);
    faults.clear();
    const after = await bench.load(SWEEPING);

    const codes = emptied.report.problems.map(({ code, resource }) => `${code} ${resource ?? ''}`);
    expect(codes.toSorted()).toEqual([
      ...Array.from({ length: 3 }, () => 'E_MASS_DELETE issues'),
      ...Array.from({ length: 3 }, () => 'E_MASS_DELETE project_labels'),
    ]);
    expect([emptied, after].map(deletedRows)).toEqual([0, 0]);
    expect(await differences()).toEqual([]);
  }, 120_000);
});

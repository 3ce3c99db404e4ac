import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { catalog } from '../../../functions/catalog.ts';
import { allResources } from '../../../functions/engine/catalog/selection.ts';
import { SETTINGS } from '../../../functions/engine/config/settings.ts';
import type { RunProblem } from '../../../functions/engine/model/run.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import type { Truth } from '../../support/gitlab/truthRows.ts';
import { violations } from '../../support/invariants.ts';
import { type Bench, type Loaded, openBench, SMALL_WORLD, stateTable } from '../../support/run.ts';
import { SEED_RESOURCES } from '../../support/seedResources.ts';
import { truthDifferences, withoutTables } from '../../support/truthDifferences.ts';

const DICTIONARY = { dictionaryTables: SETTINGS.dictionaryTables.fallback };
const ON_DEMAND = { resources: ['group_badge_renders', 'project_badge_renders'] };

const adminResources = allResources(catalog).filter(
  ({ access, on, family }) =>
    access === 'admin' && on === 'schedule' && SEED_RESOURCES.includes(`${family}/*`),
);

function withoutAdminTables(truth: Truth): Truth {
  const tables = new Set(adminResources.map(({ table }) => table));
  return Object.fromEntries(
    Object.entries(truth).map(([name, rows]) => [name, tables.has(name) ? [] : rows]),
  );
}

function codesOf(problems: readonly RunProblem[]): readonly string[] {
  return [...new Set(problems.map(({ code }) => code))].toSorted();
}

describe('run with an administrator token', () => {
  let bench: Bench;
  let loaded: Loaded;

  beforeAll(async () => {
    bench = await openBench();
    loaded = await bench.load();
  });

  afterAll(() => bench.close());

  // G4
  test('leaves every row and every value of GitLab in its table', async () => {
    const { report } = loaded;
    const demanded = await bench.load({ request: ON_DEMAND });

    expect(codesOf(report.problems)).toEqual(['NOTICE']);
    expect([report.outcome, demanded.report.outcome]).toEqual(['done', 'done']);
    const truth = bench.gitlab.truth('admin', DICTIONARY);
    expect(await truthDifferences(bench.database, truth)).toEqual([]);
    expect(await violations(bench.database)).toEqual([]);
  });

  test('keeps secrets as they are when SECRET_FIELDS is plain', async () => {
    await using other = await openBench({ projects: 3, jobs: 20, branches: 10 });

    const { report } = await other.load({ environment: { SECRET_FIELDS: 'plain' } });

    expect(report.outcome).toBe('done');
    const truth = withoutTables(other.gitlab.truth('admin', DICTIONARY), [
      'api_entities_basic_badge_details',
    ]);
    expect(await truthDifferences(other.database, truth, 'plain')).toEqual([]);
  });

  test('counts in its report what it wrote to each table', () => {
    const { report, requests } = loaded;

    const truth = bench.gitlab.truth('admin', DICTIONARY);
    const { jobs, branches } = report.resources;
    const all = { written: SMALL_WORLD.jobs, read: SMALL_WORLD.jobs };
    expect(jobs).toMatchObject({ ...all, unchanged: 0, partitions: 6, failed: 0 });
    expect(branches).toMatchObject({ written: truth['api_entities_branch']?.length, failed: 0 });
    expect(report.requests).toBe(requests);
  });
});

describe('run with a member token', () => {
  let bench: Bench;
  let loaded: Loaded;

  beforeAll(async () => {
    bench = await openBench();
    loaded = await bench.load({ token: bench.gitlab.memberToken });
  });

  afterAll(() => bench.close());

  test('reports each partition that GitLab refuses and marks it as inaccessible', async () => {
    const reported = loaded.report.problems.flatMap(({ code, resource, partition }) =>
      code === 'E_GITLAB_FORBIDDEN' ? [`${resource ?? ''} ${partition ?? ''}`] : [],
    );
    const { rows } = await bench.database.query<{ name: string; complete: boolean }>(
      sql`select resource || ' ' || partition_key as name, complete_as_of is not null as complete
          from ${stateTable('partition')} where status = 'inaccessible' order by 1`,
    );
    expect(rows).toEqual(reported.toSorted().map((name) => ({ name, complete: false })));
    expect(rows).not.toEqual([]);
  });

  test('loads what the member may read, says once what it left out, and is done', async () => {
    const token = bench.gitlab.memberToken;
    const { report } = loaded;
    const demanded = await bench.load({ token, request: ON_DEMAND });

    expect([report.outcome, demanded.report.outcome]).toEqual(['done', 'done']);
    expect(codesOf(report.problems)).toEqual(['E_GITLAB_FORBIDDEN', 'NOTICE']);
    const notices = report.problems.filter(({ code }) => code === 'NOTICE');
    expect(notices).toHaveLength(1);
    for (const { id } of adminResources) expect(notices[0]?.message).toContain(id);
    const truth = withoutAdminTables(bench.gitlab.truth('member', DICTIONARY));
    expect(await truthDifferences(bench.database, truth)).toEqual([]);
    expect(await violations(bench.database)).toEqual([]);
  });
});

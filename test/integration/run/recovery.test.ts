import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { qualified } from '../../../functions/engine/sql/identifier.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import type { Project } from '../../support/gitlab/world/model.ts';
import { insertJob } from '../../support/gitlab/world/mutations.ts';
import { violations } from '../../support/invariants.ts';
import { type Bench, DATASET, openBench } from '../../support/run.ts';
import { truthDifferences } from '../../support/truthDifferences.ts';

const JOBS = { resources: ['jobs'] };

let bench: Bench;
let sick: Project;
let healthy: Project;

beforeEach(async () => {
  bench = await openBench({ projects: 4, jobs: 200, branches: 10 });
  await bench.load({ request: JOBS });
  const busy = [...bench.gitlab.world.projects.values()].filter(({ jobs }) => jobs.length > 0);
  [sick, healthy] = busy as [Project, Project];
});

afterEach(() => bench.close());

async function differences(): Promise<readonly unknown[]> {
  const { api_entities_job = [] } = bench.gitlab.truth('admin');
  return [
    ...(await truthDifferences(bench.database, { api_entities_job })),
    ...(await violations(bench.database)),
  ];
}

function jobsOf(project: Project): { readonly path: RegExp } {
  return { path: new RegExp(`/projects/${project.id.toString()}/jobs`) };
}

async function drop(table: string): Promise<void> {
  await bench.database.query(sql`drop table ${qualified(DATASET, table)}`);
}

describe('a project that fails', () => {
  // G6
  test('does not keep runs with a time budget from what is new elsewhere', async () => {
    const budget = { request: JOBS, environment: { TIME_BUDGET_SECONDS: '30' } };
    bench.gitlab.faults.add({ match: jobsOf(sick), respond: { status: 400, body: '{}' } });
    const failed = await bench.load(budget);
    insertJob(bench.gitlab.world, healthy.id);

    const { report } = await bench.load(budget);

    expect(failed.report.outcome).toBe('failed');
    expect(report.resources['jobs']).toMatchObject({ written: 1, failed: 1 });
  });

  // G4
  test('is not told as done while GitLab asks to wait for it', async () => {
    const wait = { status: 429, headers: { 'retry-after': '600' }, body: 'Retry later' };
    bench.gitlab.faults.add({ match: jobsOf(sick), respond: wait });
    const asked = await bench.load({ request: JOBS });
    bench.gitlab.faults.clear();

    const { report } = await bench.load({ request: JOBS });

    expect(asked.report.outcome).toBe('suspended');
    expect(report.outcome).toBe('suspended');
    expect(report.problems[0]?.message).toContain('left alone for a while');
  });
});

describe('what somebody has dropped', () => {
  test.each(['api_entities_job', 'api_entities_job__tag_list'])(
    '%s is read again in full, and the run says so',
    async (table) => {
      await drop(table);

      const { report } = await bench.load({ request: JOBS });

      expect(report.problems.map(({ message }) => message).join()).toContain(`'${table}'`);
      expect(await differences()).toEqual([]);
    },
  );

  test('a column is filled again for every row', async () => {
    await bench.database.query(
      sql`alter table ${qualified(DATASET, 'api_entities_job')} drop column ref`,
    );

    await bench.load({ request: JOBS });

    expect(await differences()).toEqual([]);
  });

  test.each(['_dlt_version', '_dlt_loads'])(
    '%s is made again, and no child row is lost meanwhile',
    async (table) => {
      await drop(table);
      insertJob(bench.gitlab.world, healthy.id);

      await bench.load({ request: { ...JOBS, mode: 'full' } });

      const { api_entities_job = [] } = bench.gitlab.truth('admin');
      expect(await truthDifferences(bench.database, { api_entities_job })).toEqual([]);
    },
  );
});

test("another pipeline's schema in the dataset costs no child row", async () => {
  const foreign = { version: 999, name: 'other', tables: {}, settings: {}, normalizers: {} };
  await bench.database.query(
    sql`insert into ${qualified(DATASET, '_dlt_version')}
        values (999, 11, now(), 'other', 'hash', $1::text)`,
    [JSON.stringify(foreign)],
  );
  insertJob(bench.gitlab.world, healthy.id);

  await bench.load({ request: JOBS });

  expect(await differences()).toEqual([]);
});

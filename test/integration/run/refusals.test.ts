import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { ERRORS } from '../../../functions/engine/model/errors.ts';
import { qualified } from '../../../functions/engine/sql/identifier.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import type { Project } from '../../support/gitlab/world/model.ts';
import { insertJob } from '../../support/gitlab/world/mutations.ts';
import { restoreToken, revokeToken } from '../../support/gitlab/world/rights.ts';
import { violations } from '../../support/invariants.ts';
import { type Bench, DATASET, openBench, stateTable } from '../../support/run.ts';
import { truthDifferences } from '../../support/truthDifferences.ts';

const REQUEST = { resources: ['jobs'] };
const JOBS = qualified(DATASET, 'api_entities_job');

let bench: Bench;
let project: Project;
let path: RegExp;

beforeEach(async () => {
  bench = await openBench({ projects: 3, jobs: 400, branches: 6 });
  const found = [...bench.gitlab.world.projects.values()].find(({ jobs }) => jobs.length > 1);
  if (found === undefined) throw new Error('no project has jobs');
  project = found;
  path = new RegExp(`/projects/${String(project.id)}/jobs`);
});
afterEach(() => bench.close());

async function statusOfPartition(): Promise<unknown> {
  const { rows } = await bench.database.query(
    sql`select status, complete_as_of is not null as complete, last_error is not null as told
        from ${stateTable('partition')} where resource = 'jobs' and partition_key = $1::text`,
    [String(project.id)],
  );
  return rows[0];
}

async function storedJobs(): Promise<number> {
  const { rows } = await bench.database.query<{ count: bigint }>(
    sql`select count(*) from ${JOBS} where project_id = $1::bigint`,
    [project.id.toString()],
  );
  return Number(rows[0]?.count ?? 0);
}

async function differences(): Promise<readonly unknown[]> {
  const jobs = bench.gitlab.truth('admin')['api_entities_job'] ?? [];
  const truth = { api_entities_job: jobs };
  return [
    ...(await truthDifferences(bench.database, truth)),
    ...(await violations(bench.database)),
  ];
}

describe('a project whose jobs GitLab refuses', () => {
  // T12, GL1.6
  test.each([403, 404])('with %i is inaccessible while the others complete', async (status) => {
    const body = JSON.stringify({ message: `${String(status)} refused` });
    const headers = { 'Content-Type': 'application/json' };
    bench.gitlab.faults.add({ match: { path }, respond: { status, headers, body } });

    const { report } = await bench.load({ request: REQUEST });

    expect(report.outcome).toBe('done');
    expect(report.problems).toMatchObject([
      { code: 'E_GITLAB_FORBIDDEN', resource: 'jobs', partition: String(project.id) },
    ]);
    expect(await statusOfPartition()).toEqual({
      status: 'inaccessible',
      complete: false,
      told: true,
    });
    expect(await storedJobs()).toBe(0);
    expect(report.resources['jobs']).toMatchObject({ written: 400 - project.jobs.length });
  });

  test('on its second page is the only one that is reported', async () => {
    const body = JSON.stringify({ message: '403 Forbidden' });
    const headers = { 'Content-Type': 'application/json' };
    bench.gitlab.faults.add({ match: { path }, after: 1, respond: { status: 403, headers, body } });

    const { report } = await bench.load({ request: REQUEST });

    expect(report.problems.map(({ partition }) => partition)).toEqual([String(project.id)]);
    expect(report.resources['jobs']?.partitions).toBe(2);
    expect(await violations(bench.database)).toEqual([]);
  });

  // T13, GL1.6
  test('keeps the rows loaded before and is read again once it may be', async () => {
    await bench.load({ request: REQUEST });
    const body = JSON.stringify({ message: '403 Forbidden' });
    const headers = { 'Content-Type': 'application/json' };
    bench.gitlab.faults.add({ match: { path }, respond: { status: 403, headers, body } });
    await bench.load({ request: REQUEST });
    const kept = await storedJobs();
    bench.gitlab.faults.clear();
    insertJob(bench.gitlab.world, project.id);

    await bench.load({ request: REQUEST });

    expect(kept).toBe(project.jobs.length - 1);
    expect(await statusOfPartition()).toEqual({ status: 'active', complete: true, told: false });
    expect(await differences()).toEqual([]);
  });
});

describe('an answer that is not the API', () => {
  test.each([
    { name: 'HTML with status 200', body: '<html>Sign in</html>', type: 'text/html' },
    { name: 'JSON of another kind', body: '"maintenance"', type: 'application/json' },
  ])('$name fails its partition, and a later run completes', async ({ body, type }) => {
    const respond = { status: 200, headers: { 'Content-Type': type }, body };
    bench.gitlab.faults.add({ match: { path }, respond });

    const { report } = await bench.load({ request: REQUEST });
    const status = await statusOfPartition();
    bench.gitlab.faults.clear();
    const later = await bench.load({ request: REQUEST });

    expect(report.outcome).toBe('failed');
    expect(report.problems).toMatchObject([{ code: 'E_GITLAB_ANSWER', resource: 'jobs' }]);
    expect(status).toEqual({ status: 'active', complete: false, told: true });
    expect(later.report.outcome).toBe('done');
    expect(await differences()).toEqual([]);
  });

  test('a page that repeats itself is noticed and nothing after it is marked as read', async () => {
    const first = await repeatedPage();
    bench.gitlab.faults.add({ match: { path }, after: 1, respond: first });

    const { report } = await bench.load({ request: REQUEST });
    const status = await statusOfPartition();
    bench.gitlab.faults.clear();
    const later = await bench.load({ request: REQUEST });

    expect(report.outcome).toBe('failed');
    expect(report.problems).toMatchObject([{ code: 'E_NO_PROGRESS', resource: 'jobs' }]);
    expect(status).toMatchObject({ complete: false });
    expect(later.report.outcome).toBe('done');
    expect(await differences()).toEqual([]);
  });

  async function repeatedPage() {
    const url = `${bench.gitlab.url}/api/v4/projects/${String(project.id)}/jobs`;
    const query = 'order_by=id&sort=desc&include_retried=true&pagination=keyset&per_page=100';
    const answer = await fetch(`${url}?${query}`, {
      headers: { authorization: `Bearer ${bench.gitlab.adminToken}` },
    });
    const link = answer.headers.get('link') ?? '';
    const headers = { 'Content-Type': 'application/json', link };
    return { status: 200, headers, body: await answer.text() };
  }
});

describe('a token that is revoked in mid-run', () => {
  // GL1.4
  test('ends the run as failed with exit code 78, and a good token completes it', async () => {
    const { world, adminToken } = bench.gitlab;
    const revoke = { run: () => revokeToken(world, adminToken) };
    bench.gitlab.faults.add({ match: { path: /\/jobs\?/ }, after: 2, times: 1, respond: revoke });

    const { report } = await bench.load({ request: REQUEST });
    restoreToken(world, adminToken);
    const later = await bench.load({ request: REQUEST });

    expect(report.outcome).toBe('failed');
    expect(report.problems.map(({ code }) => code)).toContain('E_GITLAB_AUTH');
    expect(ERRORS.E_GITLAB_AUTH.exitCode).toBe(78);
    expect(later.report.outcome).toBe('done');
    expect(await differences()).toEqual([]);
  });

  // G8
  test('refuses to begin with a token that was never valid', async () => {
    const run = bench.load({ token: 'glpat-wrong', request: REQUEST });

    await expect(run).rejects.toMatchObject({ code: 'E_GITLAB_AUTH' });
    await expect(run).rejects.not.toThrow('glpat-wrong');
  });
});

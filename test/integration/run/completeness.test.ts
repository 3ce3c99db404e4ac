import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { qualified } from '../../../functions/engine/sql/identifier.ts';
import { type Sql, sql } from '../../../functions/engine/sql/sql.ts';
import { eventsOf, runCli, sharedBundle } from '../../support/cli.ts';
import {
  compare,
  deleteByHand,
  differenceLines,
  ISSUES,
  openComparedBench,
  repair,
  RESOURCES,
  rowsOf,
} from '../../support/compared.ts';
import { violations } from '../../support/invariants.ts';
import { type Bench, DATASET, stateTable } from '../../support/run.ts';

const COMPARED = ['branches', 'issues', 'project_labels', 'jobs'];
const BRANCHES = qualified(DATASET, 'api_entities_branch');
const VARIABLES = qualified(DATASET, 'api_entities_variable');
const bundle = sharedBundle();

let bench: Bench;
let projectId = 0;

beforeAll(async () => {
  ({ bench, projectId } = await openComparedBench());
});
afterAll(async () => {
  await bench.close();
});

const TWO = sql`id in (select id from ${ISSUES} where project_id = (
  select project_id from ${ISSUES} group by 1 order by count(*) desc, 1 limit 1) order by updated_at limit 2)`;

describe('the ledger', () => {
  test('has what GitLab said of every list that was read whole, and the rows that are stored', async () => {
    const wrong = await rowsOf(
      bench,
      sql`select * from ${stateTable('completeness')} where landed is distinct from expected`,
    );
    const sources = await rowsOf(
      bench,
      sql`select distinct resource, source from ${stateTable('completeness')}
          where resource in ('branches', 'issues', 'jobs', 'groups') order by 1`,
    );

    expect(wrong).toEqual([]);
    expect(sources).toEqual([
      { resource: 'branches', source: 'whole-scan' },
      { resource: 'groups', source: 'x-total' },
      { resource: 'issues', source: 'x-total' },
    ]);
  });

  test('answers for lists that are read whole with every run, so that GitLab is not asked about them', async () => {
    const { found, requests } = await compare(bench, ['branches', 'project_labels', 'jobs']);

    expect(found.map(({ resource, stored, expected }) => [resource, stored === expected])).toEqual([
      ['branches', true],
      ['project_labels', true],
    ]);
    expect(requests).toBe(await probing());
  });

  test('status shows the rows of those that were counted, and ? where GitLab does not tell', async () => {
    const { stdout } = await runCli(bundle, ['status'], {
      ...{ DATABASE_URL: bench.databaseUrl, LOG_FORMAT: 'pretty' },
    });

    const [one] = await rowsOf<{ count: number }>(
      bench,
      sql`select count(*)::int as count from ${ISSUES}`,
    );
    const count = (one?.count ?? 0).toString();
    expect(stdout).toMatch(new RegExp(`issues .*│ +${count} of ${count} │`, 'u'));
    expect(stdout).toMatch(/jobs .*│ +\? │/u);
  });
});

/** The requests that only find out whose token it is. */
async function probing(): Promise<number> {
  return (await compare(bench, ['jobs'])).requests;
}

/** Lets GitLab add `subscribed` to an issue that is asked for by itself, as it does. */
async function showMore(path: string): Promise<void> {
  const { url, adminToken, faults } = bench.gitlab;
  const response = await fetch(`${url}${path}`, { headers: { 'PRIVATE-TOKEN': adminToken } });
  const issue = (await response.json()) as object;
  const body = JSON.stringify({ ...issue, subscribed: true });
  const headers = { 'Content-Type': 'application/json' };
  faults.add({
    match: ({ path: asked }) => asked === path,
    respond: { status: 200, headers, body },
  });
}

describe('rows that somebody has deleted', () => {
  // I19, T20
  test('are noticed without GitLab, found there by their keys and fetched with a request each', async () => {
    const gone = await deleteByHand(bench, {
      table: 'api_entities_issue',
      where: TWO,
      shown: sql`id`,
    });
    const branch = sql`name = (select min(name) from ${BRANCHES} where project_id = t.project_id)`;
    const names = await deleteByHand(bench, {
      table: 'api_entities_branch',
      where: sql`project_id = ${projectId.toString() as Sql} and ${branch}`,
      shown: sql`name`,
    });
    const own = await runCli(bundle, ['verify'], {
      ...{ DATABASE_URL: bench.databaseUrl, LOG_FORMAT: 'pretty' },
    });
    const compared = await compare(bench, COMPARED);
    const { repairs, requests } = await repair(bench, compared);

    expect(own.exitCode).toBe(0);
    expect(own.stdout).toMatch(
      /notice +api_entities_issue: 1 partitions of issues with fewer rows/,
    );
    const place = projectId.toString();
    expect(differenceLines(compared)).toEqual([
      `branches/${place}: missing [${place} ${names.join('')}] newer 0 surplus 0`,
      `issues/${place}: missing [${gone.join(', ')}] newer 0 surplus 0`,
    ]);
    expect(repairs.map(({ how, fetched, missing }) => [how, fetched, missing])).toEqual([
      ['rows', 1, 0],
      ['rows', 2, 0],
    ]);
    expect(requests).toBe(3);
    expect(differenceLines(await compare(bench, COMPARED))).toEqual([]);
    expect(await violations(bench.database)).toEqual([]);
  });

  // T21
  test('are fetched by reading the partition again where they have no path of their own', async () => {
    const gone = await deleteByHand(bench, {
      table: 'api_entities_variable',
      where: sql`_dlt_id = (select min(_dlt_id) from ${VARIABLES} where project_id is not null)`,
      shown: sql`key`,
    });
    const compared = await compare(bench, ['project_variables']);
    const { repairs } = await repair(bench, compared);

    expect(gone).toHaveLength(1);
    expect(repairs).toMatchObject([{ how: 'partition', fetched: 1, missing: 0 }]);
    expect(differenceLines(await compare(bench, ['project_variables']))).toEqual([]);
    expect(await violations(bench.database)).toEqual([]);
  });

  test('come back as their list shows them, without what GitLab tells of a single row alone', async () => {
    const path = sql`project_id || '/issues/' || iid`;
    const gone = await deleteByHand(bench, {
      table: 'api_entities_issue',
      where: TWO,
      shown: path,
    });
    const compared = await compare(bench, COMPARED);
    for (const issue of gone) await showMore(`/api/v4/projects/${issue}`);
    await repair(bench, compared);
    bench.gitlab.faults.clear();

    const columns = await rowsOf(
      bench,
      sql`select column_name from information_schema.columns
          where table_name = 'api_entities_issue' and column_name in ('subscribed', 'project_id')`,
    );
    expect(gone).toHaveLength(2);
    expect(columns).toEqual([{ column_name: 'project_id' }]);
    expect(differenceLines(await compare(bench, COMPARED))).toEqual([]);
  });

  test('are fetched beside a run that loads the same partitions', async () => {
    await deleteByHand(bench, { table: 'api_entities_issue', where: TWO, shown: sql`id` });
    const compared = await compare(bench, COMPARED);
    await Promise.all([
      repair(bench, compared),
      bench.load({ request: { resources: RESOURCES, mode: 'full' } }),
    ]);
    await repair(bench, await compare(bench, COMPARED));

    expect(differenceLines(await compare(bench, COMPARED))).toEqual([]);
    expect(await violations(bench.database)).toEqual([]);
  });

  test('make the command end with 1, and with 0 once it has fetched them', async () => {
    const environment = {
      ...{ DATABASE_URL: bench.databaseUrl, GITLAB_TOKEN: bench.gitlab.adminToken },
      ...{ GITLAB_BASE_URL: bench.gitlab.url, LOG_FORMAT: 'json' },
    };
    await deleteByHand(bench, { table: 'api_entities_issue', where: TWO, shown: sql`id` });
    const only = ['--resource', 'issues'];
    const found = await runCli(bundle, ['verify', '--gitlab', ...only], environment);
    const repaired = await runCli(bundle, ['verify', '--repair', ...only], environment);
    const again = await runCli(bundle, ['verify', '--repair', ...only], environment);

    expect([found.exitCode, repaired.exitCode, again.exitCode]).toEqual([1, 0, 0]);
    expect(eventsOf(found)).toMatchObject([{ event: 'verify', broken: 0, incomplete: 1 }]);
    expect(eventsOf(repaired)).toMatchObject([{ incomplete: 0, repairs: [{ requests: 2 }] }]);
    expect(eventsOf(again)).toMatchObject([{ incomplete: 0, repairs: [] }]);
  });
});

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { JsonObject } from '../../../functions/engine/model/json.ts';
import { readStatus } from '../../../functions/engine/run/readStatus.ts';
import { qualified } from '../../../functions/engine/sql/identifier.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import { violations as inconsistencies } from '../../support/invariants.ts';
import { type Bench, DATASET, type Loaded, openBench } from '../../support/run.ts';

const REQUEST = { resources: ['branches'] };
const TABLE = 'api_entities_branch';

let bench: Bench;
let project: string;

beforeEach(async () => {
  bench = await openBench({ projects: 3, jobs: 3, branches: 30 });
  await bench.load({ request: REQUEST });
  const { rows } = await bench.database.query<{ id: string }>(
    sql`select project_id::text as id from ${qualified(DATASET, TABLE)} group by 1
        having count(*) > 2 order by 1 limit 1`,
  );
  project = rows[0]?.id ?? '';
});
afterEach(() => bench.close());

/** Lets GitLab show the project's branches with something more in each. */
async function showWith(more: JsonObject): Promise<number> {
  const path = `/api/v4/projects/${project}/repository/branches`;
  const answer = await fetch(`${bench.gitlab.url}${path}?per_page=100`, {
    headers: { authorization: `Bearer ${bench.gitlab.adminToken}` },
  });
  const branches = (await answer.json()) as readonly JsonObject[];
  const body = JSON.stringify(branches.map((branch) => ({ ...branch, ...more })));
  const headers = { 'Content-Type': 'application/json' };
  bench.gitlab.faults.add({
    match: { path: new RegExp(`/projects/${project}/repository/branches`) },
    respond: { status: 200, headers, body },
  });
  return branches.length;
}

function load(contract: string): Promise<Loaded> {
  return bench.load({ request: REQUEST, environment: { SCHEMA_CONTRACT: contract } });
}

function status() {
  return readStatus({ databaseUrl: bench.databaseUrl, dataset: DATASET });
}

async function storedBranches(): Promise<number> {
  const { rows } = await bench.database.query<{ count: number }>(
    sql`select count(*)::int as count from ${qualified(DATASET, TABLE)}`,
  );
  return rows[0]?.count ?? 0;
}

describe('what a contract leaves out', () => {
  test('is counted in the state with its load, and again each time that it is read', async () => {
    const branches = await showWith({ note: 'x', default: { a: 1 }, labels: ['a'] });
    const contract = 'tables=discard_row,columns=discard_value,data_type=discard_value';

    await load(contract);
    const first = await status();
    await load(contract);
    const second = await status();

    const shared = {
      resource: 'branches',
      lastLoadId: expect.stringMatching(/^\d+\.\d+$/) as unknown,
    };
    const columns = { ...shared, entity: 'columns', mode: 'discard_value', table: TABLE };
    const tables = { ...shared, entity: 'tables', mode: 'discard_row', table: `${TABLE}__labels` };
    const expected = (times: number) => [
      { ...columns, column: 'default__a', count: branches * times },
      { ...columns, column: 'note', count: branches * times },
      { ...tables, column: '', count: branches * times },
    ];
    expect(first.violations).toMatchObject(expected(1));
    expect(second.violations).toMatchObject(expected(2));
    expect(second.violations[0]?.lastAt.getTime()).toBeGreaterThan(
      first.violations[0]?.lastAt.getTime() ?? Infinity,
    );
    expect(await inconsistencies(bench.database)).toEqual([]);
  });

  test('names the load that was written without it', async () => {
    await showWith({ protected: 'perhaps', commit: { message: 'changed' } });

    await load('data_type=discard_value');

    const { rows } = await bench.database.query(
      sql`select v.entity, v.mode, v.column_name, l.load_id = v.last_load_id as same
          from ${qualified(`${DATASET}_state`, 'contract_violation')} v
          left join ${qualified(DATASET, '_dlt_loads')} l on l.load_id = v.last_load_id`,
    );
    const [only] = rows;
    expect(rows).toHaveLength(1);
    expect(only).toEqual({
      ...{ entity: 'data_type', mode: 'discard_value', column_name: 'protected', same: true },
    });
  });

  test('is not counted for a package that was not committed', async () => {
    await showWith({ note: 'x' });
    await bench.database.query(
      sql`create function public.refuse() returns trigger language plpgsql as $$
          begin raise exception 'refused' using errcode = '23514'; end $$`,
    );
    await bench.database.query(
      sql`create trigger refuse before insert on ${qualified(`${DATASET}_state`, 'batch')}
          for each row execute function public.refuse()`,
    );

    const { report } = await load('columns=discard_value');

    expect(report.outcome).toBe('failed');
    expect((await status()).violations).toEqual([]);
  });
});

describe('a frozen contract', () => {
  test('fails the partition that violates it alone and names table, column, value and load', async () => {
    const before = await storedBranches();
    await showWith({ note: 'x' });

    const { report } = await load('freeze');

    const { resources } = await status();
    const message = `A record of load '\\d+\\.\\d+' needs the column '${TABLE}\\.note' for the value "x", and columns are frozen\\.`;
    expect(report.outcome).toBe('failed');
    expect(report.problems).toMatchObject([
      {
        ...{ code: 'E_CONTRACT', resource: 'branches', partition: project },
        message: expect.stringMatching(message) as unknown,
      },
    ]);
    expect(report.resources['branches']).toMatchObject({ partitions: 2, failed: 1 });
    expect(resources.find(({ resource }) => resource === 'branches')).toMatchObject({
      failing: 1,
      lastError: expect.stringMatching(message) as unknown,
    });
    expect(await storedBranches()).toBe(before);
  });

  test('never shows a secret', async () => {
    await showWith({ deploy_token: 'hunter2' });

    const { report } = await load('freeze');

    expect(report.problems[0]?.message).toContain(
      "'api_entities_branch.deploy_token' for the value ***,",
    );
    expect(JSON.stringify(await status())).not.toContain('hunter2');
  });
});

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { JsonObject } from '../../../functions/engine/model/json.ts';
import { exitCodeOfReport } from '../../../functions/engine/run/exitCode.ts';
import { readStatus } from '../../../functions/engine/run/readStatus.ts';
import { qualified } from '../../../functions/engine/sql/identifier.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import { violations } from '../../support/invariants.ts';
import { type Bench, DATASET, openBench, stateTable } from '../../support/run.ts';

const REQUEST = { resources: ['branches'] };
const TABLE = qualified(DATASET, 'api_entities_branch');

let bench: Bench;
let project: string;

beforeEach(async () => {
  bench = await openBench({ projects: 3, jobs: 3, branches: 30 });
  await bench.load({ request: REQUEST });
  const { rows } = await bench.database.query<{ id: string }>(
    sql`select project_id::text as id from ${TABLE} group by 1 having count(*) > 2 order by 1 limit 1`,
  );
  project = rows[0]?.id ?? '';
});
afterEach(() => bench.close());

/** Lets GitLab show the project's branches once with one more record. */
async function showBeside(record: JsonObject): Promise<number> {
  const path = `/api/v4/projects/${project}/repository/branches`;
  const answer = await fetch(`${bench.gitlab.url}${path}?per_page=100`, {
    headers: { authorization: `Bearer ${bench.gitlab.adminToken}` },
  });
  const branches = (await answer.json()) as readonly JsonObject[];
  bench.gitlab.faults.add({
    match: { path: new RegExp(`/projects/${project}/repository/branches`) },
    respond: {
      status: 200,
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify([record, ...branches]),
    },
  });
  return branches.length;
}

function status() {
  return readStatus({ databaseUrl: bench.databaseUrl, dataset: DATASET });
}

describe('a run that meets a bad record', () => {
  // G4
  test('is done, warns once and tells it in the status', async () => {
    const branches = await showBeside({ commit: { message: 'lost' } });

    const { report } = await bench.load({ request: REQUEST });

    expect([report.outcome, exitCodeOfReport(report)]).toEqual(['done', 0]);
    expect(report.problems).toEqual([
      {
        code: 'E_QUARANTINED',
        resource: 'branches',
        message: `1 record could not be stored and went to the quarantine; the first, record 1 of 'GET /projects/${project}/repository/branches': A record for table 'api_entities_branch' has no value for 'name', which is part of its key.`,
      },
    ]);
    expect(report.resources['branches']).toMatchObject({
      ...{ partitions: 3, failed: 0, quarantined: 1, overflowed: 0 },
    });
    expect(branches).toBeGreaterThan(2);
    expect((await status()).quarantine).toMatchObject([
      { ...{ resource: 'branches', reason: 'key-missing', open: 1 }, partition: project, place: 0 },
    ]);
    expect(await violations(bench.database)).toEqual([]);
  });

  test('counts it again in the next run, and keeps it once', async () => {
    const record = { commit: { message: 'lost' } };
    for (const times of [1, 2]) {
      await showBeside(record);
      await bench.load({ request: REQUEST });
      const { rows } = await bench.database.query(
        sql`select times from ${stateTable('quarantine')}`,
      );
      expect(rows).toEqual([{ times: BigInt(times) }]);
    }
  });

  test('leaves it to the contract where that is frozen', async () => {
    await showBeside({ name: 'ok', note: 'new' });

    const { report } = await bench.load({
      request: REQUEST,
      environment: { SCHEMA_CONTRACT: 'freeze' },
    });

    expect(report.problems.map(({ code }) => code)).toEqual(['E_CONTRACT']);
    expect((await status()).quarantine).toEqual([]);
  });

  test('marks it as stored when a later run stores it', async () => {
    await bench.database.query(
      sql`alter table ${TABLE} add constraint short check (name not like 'nnn%')`,
    );
    await showBeside({ name: 'n'.repeat(40) });
    const { report } = await bench.load({ request: REQUEST });
    const before = (await status()).quarantine;
    await bench.database.query(sql`alter table ${TABLE} drop constraint short`);
    await showBeside({ name: 'n'.repeat(40) });

    await bench.load({ request: REQUEST });

    expect(before).toMatchObject([{ reason: 'refused', open: 1, resolved: 0 }]);
    // What was refused is read once more, and counts once.
    expect(report.resources['branches']).toMatchObject({ quarantined: 1, failed: 0, read: 31 });
    expect((await status()).quarantine).toMatchObject([{ open: 0, resolved: 1 }]);
    expect(await violations(bench.database)).toEqual([]);
  });

  test('is suspended by its signal while it searches, and fails no partition', async () => {
    await bench.database.query(
      sql`create function public.is_short(name text) returns bool language plpgsql as $$ begin
            if name like 'nnn%' then perform pg_sleep(0.5); return false; end if;
            return true;
          end $$`,
    );
    await bench.database.query(
      sql`alter table ${TABLE} add constraint short check (public.is_short(name))`,
    );
    await showBeside({ name: 'n'.repeat(40) });
    await showBeside({ name: 'n'.repeat(40) });

    const { report } = await bench.load({ request: REQUEST, signal: AbortSignal.timeout(2_500) });

    expect([report.outcome, exitCodeOfReport(report), report.problems]).toEqual([
      'suspended',
      75,
      [],
    ]);
    expect(report.resources['branches']).toMatchObject({ failed: 0, quarantined: 0 });
    const { rows } = await bench.database.query(
      sql`select count(*)::int as failing from ${stateTable('partition')} where fail_count > 0 or failing_runs > 0`,
    );
    expect(rows).toEqual([{ failing: 0 }]);
  });
});

describe('a run that meets numbers that no double can hold', () => {
  // G4
  test('stores null and tells once where and how many', async () => {
    bench.gitlab.faults.add({
      match: { path: new RegExp(`/projects/${project}/repository/branches`) },
      respond: {
        status: 200,
        headers: { 'Content-Type': 'application/json' },
        body: '[{"name":"a","num":1e400,"lst":[1,1e400],"obj":{"n":-1e999}},{"name":"b","num":-1E400,"deep":{"a":{"b":{"c":{"d":[1e400,2]}}}}}]',
      },
    });

    const { report } = await bench.load({ request: REQUEST });

    expect([report.outcome, exitCodeOfReport(report)]).toEqual(['done', 0]);
    expect(report.problems).toEqual([
      {
        code: 'NOTICE',
        resource: 'branches',
        message:
          "Numbers beyond the range of a double are stored as null: 2 in 'api_entities_branch.num', 1 in 'api_entities_branch.obj__n', 1 in 'api_entities_branch__lst.value', 1 in 'api_entities_branch.deep__a__b'.",
      },
    ]);
    expect(await violations(bench.database)).toEqual([]);
  });
});

describe('a run that meets more fields than its table gets columns', () => {
  const fields = Object.fromEntries(
    Array.from({ length: 500 }, (_, n) => [`field_${String(n)}`, n]),
  );

  // G4
  test('is done, stores them all and tells it once', async () => {
    await showBeside({ name: 'wide', ...fields });

    const { report } = await bench.load({ request: REQUEST });

    expect([report.outcome, exitCodeOfReport(report)]).toEqual(['done', 0]);
    expect(report.problems).toEqual([
      {
        code: 'NOTICE',
        resource: 'branches',
        message:
          "Table 'api_entities_branch' has 400 columns; what its rows hold beyond them is in '_overflow'.",
      },
    ]);
    expect(report.resources['branches']).toMatchObject({
      failed: 0,
      quarantined: 0,
      overflowed: 1,
    });
    expect((await status()).quarantine).toEqual([]);
    const { rows } = await bench.database.query(
      sql`select (select count(*)::int from jsonb_object_keys(to_jsonb(t) || _overflow) k where k like 'field_%') as fields
          from ${TABLE} t where name = 'wide'`,
    );
    expect(rows).toEqual([{ fields: 500 }]);
    expect(await violations(bench.database)).toEqual([]);
  });
});

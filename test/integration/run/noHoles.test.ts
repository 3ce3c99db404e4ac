import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type Sql, sql } from '../../../functions/engine/sql/sql.ts';
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
import { deleteRow, insertRow } from '../../support/gitlab/shelves/mutations.ts';
import { type Bench, stateTable } from '../../support/run.ts';
import { JSON_TYPE } from '../../support/sweepBench.ts';

let bench: Bench;
let projectId = 0;

beforeAll(async () => {
  ({ bench, projectId } = await openComparedBench());
});
afterAll(async () => {
  await bench.close();
});

describe('no hole', () => {
  test('is a row that GitLab has made since the last scan', async () => {
    const later = new Date(Date.now() + 86_400_000).toISOString();
    const row = insertRow(bench.gitlab.world, 'issues', projectId, {
      ...{ created_at: later, updated_at: later },
    });
    const compared = await compare(bench, ['issues']);
    deleteRow(bench.gitlab.world, { name: 'issues', where: projectId, id: row.id });

    expect(differenceLines(compared)).toEqual([
      `issues/${projectId.toString()}: missing [] newer 1 surplus 0`,
    ]);
  });

  test('is a list that GitLab does not count: above 10,000 rows no claim is made', async () => {
    uncounted();
    const { found } = await compare(bench, ['issues'], { partition: projectId.toString() });
    bench.gitlab.faults.clear();

    expect(found).toMatchObject([{ counted: 0, untold: 1, expected: 0, differences: [] }]);
  });

  test('is there where the statistics of issues tell the number instead', async () => {
    uncounted();
    const [one] = await rowsOf<{ count: number }>(
      bench,
      sql`select count(*)::int as count from ${ISSUES} where project_id = ${projectId.toString() as Sql}`,
    );
    const counts = { all: one?.count };
    const body = JSON.stringify({ statistics: { counts } });
    bench.gitlab.faults.add({
      match: { path: /\/issues_statistics\?/ },
      respond: { status: 200, headers: JSON_TYPE, body },
    });
    const { found } = await compare(bench, ['issues'], { partition: projectId.toString() });
    bench.gitlab.faults.clear();

    expect(found).toMatchObject([
      { counted: 1, expected: one?.count, sources: ['issues_statistics'], differences: [] },
    ]);
  });

  function uncounted(): void {
    bench.gitlab.faults.add({
      match: ({ url }) => url.includes('/issues?') && url.includes('per_page=1'),
      respond: { status: 200, headers: JSON_TYPE, body: '[]' },
    });
  }

  test('is a row that stands in quarantine, nor a partition that GitLab refuses', async () => {
    const [row] = await rowsOf<{ id: string; partition: string }>(
      bench,
      sql`select min(_dlt_id) as id, project_id::text as partition from ${ISSUES} group by 2 order by 2 limit 1`,
    );
    const where = sql`_dlt_id = '${(row?.id ?? '') as Sql}'`;
    await deleteByHand(bench, { table: 'api_entities_issue', where: where, shown: sql`id` });
    await bench.database.query(
      sql`insert into ${stateTable('quarantine')} (resource, partition_key, request, reason, explanation, place,
            raw, raw_characters, raw_sha256, row_id, times, last_load_id, last_run_id)
          values ('issues', $1::text, 'GET', 'value-unfit', 'It does not fit.', 0, '{}', 2, 'x', $2::text, 1, '1', gen_random_uuid())`,
      [row?.partition ?? '', row?.id ?? ''],
    );
    await bench.database.query(
      sql`insert into ${stateTable('access_gap')} (resource, partition_key, status, class, message)
          select 'project_labels', min(partition_key), 403, 'no-permission', '' from ${stateTable('partition')}
          where resource = 'project_labels'`,
    );
    const { found } = await compare(bench, ['issues', 'project_labels']);

    expect(found).toMatchObject([
      { resource: 'issues', quarantined: 1, differences: [] },
      { resource: 'project_labels', hidden: 1, differences: [] },
    ]);
  });
});

test('rows that GitLab no longer lists are told and left to a sweep', async () => {
  const stored = await rowsOf<{ id: number }>(
    bench,
    sql`select id::float8 as id from ${ISSUES} where project_id = ${projectId.toString() as Sql} order by id desc limit 1`,
  );
  deleteRow(bench.gitlab.world, { name: 'issues', where: projectId, id: stored[0]?.id ?? 0 });
  const compared = await compare(bench, ['issues'], { partition: projectId.toString() });
  const { repairs, requests } = await repair(bench, compared);
  const after = await rowsOf(
    bench,
    sql`select from ${ISSUES} where id = ${String(stored[0]?.id) as Sql}`,
  );

  expect(differenceLines(compared)).toEqual([
    `issues/${projectId.toString()}: missing [] newer 0 surplus 1`,
  ]);
  expect(repairs).toMatchObject([{ how: 'nothing', leftToSweep: 1 }]);
  expect([requests, after.length]).toEqual([0, 1]);

  const swept = await bench.load({ request: { resources: RESOURCES } });
  expect(swept.report.resources['issues']).toBeDefined();
  expect(
    differenceLines(await compare(bench, ['issues'], { partition: projectId.toString() })),
  ).toEqual([]);
});

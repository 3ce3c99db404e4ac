import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { sql } from '../../../functions/engine/sql/sql.ts';
import { ask } from '../../support/gitlab/ask.ts';
import type { Job } from '../../support/gitlab/world/model.ts';
import {
  deleteBadge,
  deleteBranch,
  deleteJob,
  deleteProject,
  restoreJob,
  updateProject,
} from '../../support/gitlab/world/mutations.ts';
import { violations } from '../../support/invariants.ts';
import { stateTable } from '../../support/run.ts';
import {
  deletedRows,
  JSON_TYPE,
  openSweepBench,
  type SweepBench,
} from '../../support/sweepBench.ts';

let bench: SweepBench;

beforeEach(async () => {
  bench = await openSweepBench();
});

afterEach(async () => {
  expect(await violations(bench.database)).toEqual([]);
  await bench.close();
});

describe('a sweep', () => {
  // G9, T17, T18, T19
  test('deletes what GitLab has deleted, with child rows, tombstones and a load', async () => {
    const { id: projectId, jobs, branches } = bench.project;
    const [job, branch] = [jobs[3], branches.find(({ isDefault }) => !isDefault)];
    const badge = [...bench.gitlab.world.projects.values()].flatMap(({ badges }) => badges)[0];
    deleteJob(bench.gitlab.world, job?.id ?? 0);
    deleteBranch(bench.gitlab.world, projectId, branch?.name ?? '');
    deleteBadge(bench.gitlab.world, badge?.id ?? 0);

    const run = await bench.load();

    expect(run.report.problems).toEqual([]);
    expect(await bench.differences()).toEqual([]);
    expect(deletedRows(run)).toBe(3);
    expect(
      await bench.rowsOf(sql`select resource, key ->> 'id' as id, kind from ${stateTable('tombstone')}
        where resource = 'jobs'`),
    ).toEqual([{ resource: 'jobs', id: String(job?.id), kind: 'sweep' }]);
    expect(
      await bench.rowsOf(sql`select b.rows_deleted, l.rows_written from ${stateTable('batch')} b
        join ${stateTable('load')} l using (load_id) join gitlab_data._dlt_loads d using (load_id)
        where b.kind = 'sweep' and b.resource = 'jobs'`),
    ).toEqual([{ rows_deleted: 1, rows_written: 0 }]);
  });

  test('leaves rows alone that GitLab shows by their own path although the list lacks them', async () => {
    const { id, branches } = bench.project;
    const [hidden] = branches;
    const path = new RegExp(`/projects/${id.toString()}/repository/branches\\?`, 'u');
    const list = await ask(
      bench.gitlab,
      `/projects/${id.toString()}/repository/branches?per_page=100`,
    );
    const rows = JSON.parse(list.text) as readonly { readonly name: string }[];
    const body = JSON.stringify(rows.filter(({ name }) => name !== hidden?.name));
    bench.gitlab.faults.add({
      match: { path },
      respond: { status: 200, headers: JSON_TYPE, body },
    });

    const run = await bench.load();

    expect(deletedRows(run)).toBe(0);
    expect(await bench.differences()).toEqual([]);
  });

  // G9, GL1.10
  test('deletes nothing where the project is hidden from the token meanwhile', async () => {
    const { id, branches } = bench.project;
    deleteBranch(bench.gitlab.world, id, branches.at(-1)?.name ?? '');
    const path = new RegExp(`/projects/${id.toString()}$`, 'u');
    const respond = {
      status: 404,
      headers: JSON_TYPE,
      body: '{"message":"404 Project Not Found"}',
    };
    bench.gitlab.faults.add({ match: { path }, respond });
    const hidden = await bench.load();
    bench.gitlab.faults.clear();
    const visible = await bench.load();

    expect([deletedRows(hidden), deletedRows(visible)]).toEqual([0, 1]);
    expect(await bench.differences()).toEqual([]);
  });

  test('never takes a project for deleted, nor what is in it', async () => {
    const { id } = bench.project;
    const before = await bench.counts();
    deleteProject(bench.gitlab.world, id);

    const run = await bench.load();

    expect(deletedRows(run)).toBe(0);
    expect(await bench.counts()).toEqual(before);
  });

  test('is not made with DELETES=keep', async () => {
    const { id, branches } = bench.project;
    deleteBranch(bench.gitlab.world, id, branches.at(-1)?.name ?? '');

    const run = await bench.load({ environment: { DELETES: 'keep' } });

    expect(deletedRows(run)).toBe(0);
  });

  test('of rows without a path of their own waits for a second scan that lacks them', async () => {
    const request = {
      resources: ['projects', 'groups', 'project_access_requests', 'group_access_requests'],
    };
    const asked = [...bench.gitlab.world.projects.values()].find(
      ({ accessRequests }) => accessRequests.length > 0,
    );
    await bench.load({ request });
    const rest = asked?.accessRequests.slice(1) ?? [];
    updateProject(bench.gitlab.world, asked?.id ?? 0, { accessRequests: rest });
    const first = await bench.load({ request });
    const second = await bench.load({ request });

    expect([deletedRows(first), deletedRows(second)]).toEqual([0, 1]);
    expect(await bench.differences(['api_entities_access_requester'])).toEqual([]);
  });
});

describe('a row that was deleted', () => {
  test('comes back when GitLab shows it again, and its tombstone goes', async () => {
    const { jobs } = bench.project;
    const job = jobs[2] as Job;
    deleteJob(bench.gitlab.world, job.id);
    await bench.load();
    restoreJob(bench.gitlab.world, job);
    await bench.load();

    expect(await bench.differences()).toEqual([]);
    expect(await bench.rowsOf(sql`select from ${stateTable('tombstone')}`)).toEqual([]);
  });

  // I18
  test('is not brought back by a package that began before it was deleted', async () => {
    const { id, branches } = bench.project;
    const name = branches.at(-1)?.name;
    await bench.database.query(
      sql`with gone as (delete from gitlab_data.api_entities_branch where project_id = $1::bigint and name = $2::text
            returning _dlt_id),
          parents as (delete from gitlab_data.api_entities_branch__commit__parent_ids
            where _dlt_root_id in (select _dlt_id from gone))
          insert into ${stateTable('tombstone')}
            (table_name, row_id, resource, partition_key, key, reason, load_id, last_load_id)
          select 'api_entities_branch', _dlt_id, 'branches', $1::text, '{}', 'deleted', '9999999999.000000', '1' from gone`,
      [id, name ?? ''],
    );

    await bench.load();

    expect(
      await bench.rowsOf(sql`select name from gitlab_data.api_entities_branch b
        join ${stateTable('tombstone')} t on t.row_id = b._dlt_id`),
    ).toEqual([]);
  });
});

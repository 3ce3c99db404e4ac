import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { RunEvent } from '../../../functions/engine/model/events.ts';
import { readStatus } from '../../../functions/engine/run/readStatus.ts';
import { resume } from '../../../functions/engine/run/resume.ts';
import { qualified } from '../../../functions/engine/sql/identifier.ts';
import { joined, type Sql, sql } from '../../../functions/engine/sql/sql.ts';
import { startCountingProxy } from '../../support/countingProxy.ts';
import { ask } from '../../support/gitlab/ask.ts';
import type { Job, Project } from '../../support/gitlab/world/model.ts';
import {
  deleteBadge,
  deleteBranch,
  deleteJob,
  deleteProject,
  insertBranch,
  restoreJob,
  updateProject,
} from '../../support/gitlab/world/mutations.ts';
import { violations } from '../../support/invariants.ts';
import { type Bench, DATASET, openBench, type Order, stateTable } from '../../support/run.ts';
import { truthDifferences } from '../../support/truthDifferences.ts';

const RESOURCES = ['projects', 'groups', 'jobs', 'branches', 'group_badges', 'project_badges'];
const TABLES = ['project', 'job', 'branch', 'badge'].map((name) => `api_entities_${name}`);
/** Full passes with every run. */
const ALWAYS = { FULL_PASS_HOURS: '0' };

const JSON_TYPE = { 'Content-Type': 'application/json' };

let bench: Bench;

beforeEach(async () => {
  bench = await openBench({ projects: 3, jobs: 40, branches: 30 });
  await load();
});

afterEach(async () => {
  expect(await violations(bench.database)).toEqual([]);
  await bench.close();
});

function load(order: Order = {}) {
  const { environment, request } = order;
  return bench.load({
    ...order,
    environment: { ...ALWAYS, ...environment },
    request: { resources: RESOURCES, ...request },
  });
}

/** The loaded tables beside what GitLab has. */
async function differences(tables = TABLES): Promise<readonly string[]> {
  const truth = bench.gitlab.truth('admin');
  return truthDifferences(
    bench.database,
    Object.fromEntries(tables.map((name) => [name, truth[name] ?? []])),
  );
}

function firstProject(): Project {
  const [project] = [...bench.gitlab.world.projects.values()].toSorted(
    (left, right) => right.branches.length - left.branches.length,
  );
  if (project === undefined) throw new Error('the world has no project');
  return project;
}

async function rowsOf(text: Sql): Promise<readonly object[]> {
  return (await bench.database.query(text)).rows;
}

/** What the commands read of the settings. */
function settings() {
  return { databaseUrl: bench.databaseUrl, dataset: DATASET };
}

function counts(): Promise<readonly object[]> {
  const tables = TABLES.map((name) => sql`select count(*) from ${qualified(DATASET, name)}`);
  return rowsOf(joined(tables, sql` union all `));
}

const deleted = (events: readonly RunEvent[]): number =>
  events.reduce((sum, event) => sum + (event.event === 'rows-deleted' ? event.rows : 0), 0);

describe('a sweep', () => {
  test('deletes what GitLab has deleted, with child rows, tombstones and a load', async () => {
    const { id: projectId, jobs, branches } = firstProject();
    const [job, branch] = [jobs[3], branches.find(({ isDefault }) => !isDefault)];
    const badge = [...bench.gitlab.world.projects.values()].flatMap(({ badges }) => badges)[0];
    deleteJob(bench.gitlab.world, job?.id ?? 0);
    deleteBranch(bench.gitlab.world, projectId, branch?.name ?? '');
    deleteBadge(bench.gitlab.world, badge?.id ?? 0);

    const { report, events } = await load();

    expect(report.problems).toEqual([]);
    expect(await differences()).toEqual([]);
    expect(deleted(events)).toBe(3);
    expect(
      await rowsOf(sql`select resource, key ->> 'id' as id, kind from ${stateTable('tombstone')}
        where resource = 'jobs'`),
    ).toEqual([{ resource: 'jobs', id: String(job?.id), kind: 'sweep' }]);
    expect(
      await rowsOf(sql`select b.rows_deleted, l.rows_written from ${stateTable('batch')} b
        join ${stateTable('load')} l using (load_id) join gitlab_data._dlt_loads d using (load_id)
        where b.kind = 'sweep' and b.resource = 'jobs'`),
    ).toEqual([{ rows_deleted: 1, rows_written: 0 }]);
  });

  test('leaves rows alone that GitLab shows by their own path although the list lacks them', async () => {
    const { id, branches } = firstProject();
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

    const { events } = await load();

    expect(deleted(events)).toBe(0);
    expect(await differences()).toEqual([]);
  });

  test('deletes nothing where the project is hidden from the token meanwhile', async () => {
    const { id, branches } = firstProject();
    deleteBranch(bench.gitlab.world, id, branches.at(-1)?.name ?? '');
    const path = new RegExp(`/projects/${id.toString()}$`, 'u');
    const respond = {
      status: 404,
      headers: JSON_TYPE,
      body: '{"message":"404 Project Not Found"}',
    };
    bench.gitlab.faults.add({ match: { path }, respond });
    const hidden = await load();
    bench.gitlab.faults.clear();
    const visible = await load();

    expect([deleted(hidden.events), deleted(visible.events)]).toEqual([0, 1]);
    expect(await differences()).toEqual([]);
  });

  test('never takes a project for deleted, nor what is in it', async () => {
    const { id } = firstProject();
    const before = await counts();
    deleteProject(bench.gitlab.world, id);

    const { events } = await load();

    expect(deleted(events)).toBe(0);
    expect(await counts()).toEqual(before);
  });

  test('is not made with DELETES=keep', async () => {
    const { id, branches } = firstProject();
    deleteBranch(bench.gitlab.world, id, branches.at(-1)?.name ?? '');

    const { events } = await load({ environment: { DELETES: 'keep' } });

    expect(deleted(events)).toBe(0);
  });

  test('of rows without a path of their own waits for a second scan that lacks them', async () => {
    const request = {
      resources: ['projects', 'groups', 'project_access_requests', 'group_access_requests'],
    };
    const asked = [...bench.gitlab.world.projects.values()].find(
      ({ accessRequests }) => accessRequests.length > 0,
    );
    await load({ request });
    const rest = asked?.accessRequests.slice(1) ?? [];
    updateProject(bench.gitlab.world, asked?.id ?? 0, { accessRequests: rest });
    const first = await load({ request });
    const second = await load({ request });

    expect([deleted(first.events), deleted(second.events)]).toEqual([0, 1]);
    expect(await differences(['api_entities_access_requester'])).toEqual([]);
  });
});

describe('a row that was deleted', () => {
  test('comes back when GitLab shows it again, and its tombstone goes', async () => {
    const { jobs } = firstProject();
    const job = jobs[2] as Job;
    deleteJob(bench.gitlab.world, job.id);
    await load();
    restoreJob(bench.gitlab.world, job);
    await load();

    expect(await differences()).toEqual([]);
    expect(await rowsOf(sql`select from ${stateTable('tombstone')}`)).toEqual([]);
  });

  test('is not brought back by a package that began before it was deleted', async () => {
    const { id, branches } = firstProject();
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

    await load();

    expect(
      await rowsOf(sql`select name from gitlab_data.api_entities_branch b
        join ${stateTable('tombstone')} t on t.row_id = b._dlt_id`),
    ).toEqual([]);
  });
});

describe('the brake', () => {
  test('deletes nothing of a list that is suddenly empty, until a person has looked', async () => {
    const { id, branches } = firstProject();
    const path = new RegExp(`/projects/${id.toString()}/repository/branches\\?`, 'u');
    bench.gitlab.faults.add({
      match: { path },
      respond: { status: 200, headers: JSON_TYPE, body: '[]' },
    });
    const empty = await load();
    bench.gitlab.faults.clear();
    deleteBranch(bench.gitlab.world, id, branches.at(-1)?.name ?? '');
    const halted = await load();
    const status = await readStatus(settings());
    const resumed = await resume(settings(), { resource: 'branches' });
    const after = await load();

    expect(empty.report.problems).toMatchObject([
      { code: 'E_MASS_DELETE', resource: 'branches', partition: id.toString() },
    ]);
    expect([empty, halted, after].map(({ events }) => deleted(events))).toEqual([0, 0, 1]);
    expect(status.haltedSweeps).toMatchObject([{ resource: 'branches', partition: id.toString() }]);
    expect(resumed).toBe(1);
    expect(await differences()).toEqual([]);
  });

  test('lets a person confirm that many rows are gone, once', async () => {
    const { id } = firstProject();
    const gone = Array.from({ length: 60 }, (_, index) => `gone-${index.toString()}`);
    for (const name of gone) insertBranch(bench.gitlab.world, id, name);
    await load();
    for (const name of gone) deleteBranch(bench.gitlab.world, id, name);
    const stopped = await load();
    await resume(settings(), { deletes: 'confirmed' });
    const confirmed = await load();

    expect([deleted(stopped.events), deleted(confirmed.events)]).toEqual([0, 60]);
    expect(await differences()).toEqual([]);
    expect(
      await rowsOf(
        sql`select from ${stateTable('partition')} where sweep_allowed or sweep_status is not null`,
      ),
    ).toEqual([]);
  });
});

describe('a sweep that is disturbed', () => {
  test('deletes nothing once another run has taken its partition', async () => {
    const { id, branches } = firstProject();
    const name = branches.at(-1)?.name ?? '';
    deleteBranch(bench.gitlab.world, id, name);
    const path = new RegExp(`/repository/branches/${encodeURIComponent(name)}$`, 'u');
    let tell: (done: Promise<unknown>) => void = () => undefined;
    const taken = new Promise<unknown>((resolve) => {
      tell = resolve;
    });
    const takeOver = (): void => {
      tell(
        bench.database.query(
          sql`update ${stateTable('partition')} set fence = fence + 1
          where resource = 'branches' and partition_key = $1::text`,
          [id.toString()],
        ),
      );
    };
    bench.gitlab.faults.add(
      { match: { path }, times: 1, respond: { run: takeOver } },
      { match: { path }, times: 1, respond: { waitFor: taken } },
    );
    const fenced = await load();
    const again = await load();

    expect(fenced.report.problems).toEqual([]);
    expect([deleted(fenced.events), deleted(again.events)]).toEqual([0, 1]);
    expect(await differences()).toEqual([]);
  });

  test('is gone on with by the next run after its process died', async () => {
    const { id, branches } = firstProject();
    const name = branches.at(-1)?.name ?? '';
    deleteBranch(bench.gitlab.world, id, name);
    await using proxy = await startCountingProxy(bench.databaseUrl);
    const path = new RegExp(`/repository/branches/${encodeURIComponent(name)}$`, 'u');
    bench.gitlab.faults.add({
      match: { path },
      times: 1,
      respond: {
        run: () => {
          proxy.sever();
        },
      },
    });

    const died = await load({ databaseUrl: proxy.url }).catch(() => undefined);
    await bench.database
      .query(sql`update ${stateTable('partition')} set lease_until = clock_timestamp()
      where lease_until is not null`);
    const next = await load();

    expect(died?.report.outcome).not.toBe('done');
    expect(deleted(next.events)).toBe(1);
    expect(await differences()).toEqual([]);
  });
});

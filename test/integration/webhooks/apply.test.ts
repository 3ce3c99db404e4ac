import { describe, expect, test } from 'vitest';

import { sql } from '../../../functions/engine/sql/sql.ts';
import { jobs as family } from '../../../functions/jobs/resources.ts';
import { insertRow, updateRow } from '../../support/gitlab/shelves/mutations.ts';
import { finishJob, insertProject, moveBranch } from '../../support/gitlab/world/mutations.ts';
import { stateTable } from '../../support/run.ts';
import {
  issueEvent,
  jobEvent,
  pushEvent,
  useWebhookBench,
  type WebhookBench,
} from '../../support/webhookBench.ts';

const UNDER_WAY = Object.values(family.resources.jobs.dueWhile ?? {}).flat();

let bench: WebhookBench;

useWebhookBench((opened) => {
  bench = opened;
});

describe('an event', () => {
  // G1, I11
  test('brings its row with children, load and history, and says that it was applied', async () => {
    const { project, issue, gitlab } = bench;
    updateRow(
      gitlab.world,
      { name: 'issues', where: project, id: issue.id },
      { title: 'Renamed', labels: ['one', 'two', 'three'] },
    );

    const answer = await bench.post(issueEvent(project, issue), { key: 'k1' });

    expect(answer).toEqual({ status: 200, headers: {}, body: { outcome: 'applied' } });
    expect(await bench.differences()).toEqual([]);
    expect(await bench.events()).toMatchObject([{ key: 'k1', kind: 'issue', state: 'applied' }]);
    expect(
      await bench.rowsOf(sql`select l.rows_written, l.origin from ${stateTable('webhook_event')} e
        join ${stateTable('load')} l using (load_id) join gitlab_data._dlt_loads d using (load_id)`),
    ).toEqual([{ rows_written: 1, origin: 'webhook' }]);
  });

  test('is answered by one or two requests', async () => {
    const { project, issue, gitlab } = bench;
    await bench.post({ object_kind: 'unheard_of' });
    const before = gitlab.requests.total;
    updateRow(gitlab.world, { name: 'issues', where: project, id: issue.id }, { title: 'a' });

    await bench.post(issueEvent(project, issue));

    expect(gitlab.requests.total - before).toBe(1);
  });

  // G2
  test('that is delivered ten times at once by three consumers is applied once', async () => {
    const { project, issue, gitlab } = bench;
    updateRow(gitlab.world, { name: 'issues', where: project, id: issue.id }, { title: 'Once' });
    const consumers = [bench.post, bench.consumer(), bench.consumer()];

    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        (consumers[index % 3] ?? bench.post)(issueEvent(project, issue), { key: 'same' }),
      ),
    );

    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(answers.filter(({ body }) => JSON.stringify(body).includes('applied'))).toHaveLength(1);
    expect(await bench.events()).toMatchObject([{ state: 'applied', deliveries: 10 }]);
    expect(await bench.differences()).toEqual([]);
  });

  test('of a row that others told about at the same time asks GitLab no more than twice', async () => {
    const { project, issue, gitlab } = bench;
    await bench.post({ object_kind: 'unheard_of' });
    const before = gitlab.requests.total;
    updateRow(gitlab.world, { name: 'issues', where: project, id: issue.id }, { title: 'Burst' });
    // All of them have come before the first answer has.
    gitlab.faults.add({
      ...{ match: { path: /\/issues\/\d+/ }, times: 1 },
      respond: { delayMilliseconds: 1_000 },
    });

    await Promise.all(Array.from({ length: 8 }, () => bench.post(issueEvent(project, issue))));

    expect(gitlab.requests.total - before).toBeLessThanOrEqual(2);
    expect(await bench.differences()).toEqual([]);
  });

  test('of a row that is as it was writes nothing', async () => {
    await bench.post(issueEvent(bench.project, bench.issue));

    expect(await bench.events()).toMatchObject([{ state: 'noop', reason: 'unchanged' }]);
  });

  test('of a new project brings its row, and the next run reads what is in it', async () => {
    const { gitlab } = bench;
    const [group] = [...gitlab.world.groups.keys()];
    const { id } = insertProject(gitlab.world, group ?? 0, 'brand-new');
    insertRow(gitlab.world, 'issues', id);

    await bench.post({ event_name: 'project_create', project_id: id });
    const stored = await bench.rowsOf(
      sql`select id::int as id from gitlab_data.api_entities_project where id = $1::bigint`,
      [id],
    );
    await bench.load();

    expect(stored).toEqual([{ id }]);
    expect(await bench.differences()).toEqual([]);
  });

  test('of a project that is not stored brings the project too', async () => {
    const { gitlab } = bench;
    const [group] = [...gitlab.world.groups.keys()];
    const { id } = insertProject(gitlab.world, group ?? 0, 'unheard-of');
    const issue = insertRow(gitlab.world, 'issues', id);

    await bench.post(issueEvent(id, issue));

    const stored = await bench.rowsOf(
      sql`select i.id::text as id from gitlab_data.api_entities_issue i
        join gitlab_data.api_entities_project p on p.id = i.project_id where p.id = $1::bigint`,
      [id],
    );
    expect(stored).toEqual([{ id: String(issue.id) }]);
    await bench.load();
  });

  test('of a project outside of GITLAB_SCOPE is acknowledged', async () => {
    const post = bench.consumer({ GITLAB_SCOPE: 'nowhere/**' });

    const answer = await post(issueEvent(bench.project, bench.issue));

    expect(answer.status).toBe(200);
    expect(await bench.events()).toMatchObject([{ state: 'noop', reason: 'outside GITLAB_SCOPE' }]);
  });

  test.each([
    { name: 'of an unknown kind', body: { object_kind: 'unheard_of' }, reason: 'unknown kind' },
    { name: 'without a kind', body: { hello: 1 }, reason: 'the body names no kind' },
    {
      name: 'of a kind without a table',
      body: { object_kind: 'vulnerability' },
      reason: 'no table',
    },
  ])('$name is acknowledged and counted', async ({ body, reason }) => {
    const answer = await bench.post(body);

    expect(answer.status).toBe(200);
    expect(await bench.events()).toMatchObject([
      { state: 'noop', reason: expect.stringContaining(reason) as string },
    ]);
  });

  test('makes the quiet partitions due that a run has to read because of it', async () => {
    const { gitlab } = bench;
    const quiet = [...gitlab.world.projects.values()].find(
      ({ jobs }) => jobs.length > 0 && jobs.every(({ status }) => !UNDER_WAY.includes(status)),
    );
    const read = async (): Promise<number> => {
      gitlab.requests.clear();
      const environment = { QUIET_HOURS: '24' };
      await bench.load({ environment, request: { resources: ['jobs'] } });
      const list = `/projects/${String(quiet?.id)}/jobs?`;
      return gitlab.requests.entries.filter(({ url }) => url.includes(list)).length;
    };

    const before = await read();
    await bench.post({
      object_kind: 'pipeline',
      project: { id: quiet?.id ?? 0 },
      object_attributes: { id: 1 },
    });

    expect([before, (await read()) > 0, await read()]).toEqual([0, true, 0]);
  });

  test('of branches and jobs brings what has no updated_at', async () => {
    const { project, gitlab } = bench;
    const { branches = [], jobs = [] } = gitlab.world.projects.get(project) ?? {};
    const [branch, job] = [branches[0]?.name ?? '', jobs[0]?.id ?? 0];
    moveBranch(gitlab.world, project, branch);
    finishJob(gitlab.world, job, 'failed');

    await bench.post(pushEvent(project, branch, 'moved'));
    await bench.post(jobEvent(project, job));

    expect(await bench.events()).toMatchObject([{ state: 'applied' }, { state: 'applied' }]);
    expect(await bench.differences()).toEqual([]);
  });
});

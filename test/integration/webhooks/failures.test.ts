import { describe, expect, test } from 'vitest';

import { MOST_ATTEMPTS } from '../../../functions/engine/run/webhooks/openConsumer.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import { forgetEvents } from '../../../functions/engine/state/webhookEvents.ts';
import { closedGate } from '../../support/gate.ts';
import { updateRow } from '../../support/gitlab/shelves/mutations.ts';
import { DATASET, stateTable } from '../../support/run.ts';
import {
  issueEvent,
  jobEvent,
  pushEvent,
  useWebhookBench,
  type WebhookBench,
} from '../../support/webhookBench.ts';

let bench: WebhookBench;

useWebhookBench((opened) => {
  bench = opened;
});

describe('an event', () => {
  // G5
  test('that GitLab cannot answer for is brought again and applied then', async () => {
    const { project, issue, gitlab } = bench;
    updateRow(gitlab.world, { name: 'issues', where: project, id: issue.id }, { title: 'Later' });
    gitlab.faults.add({ match: { path: /issues/u }, respond: { status: 503 } });
    const failed = await bench.post(issueEvent(project, issue), { key: 'again' });
    const noted = await bench.events();
    gitlab.faults.clear();

    const applied = await bench.post(issueEvent(project, issue), { key: 'again' });

    expect([failed.status, applied.status]).toEqual([503, 200]);
    expect(noted).toMatchObject([{ state: 'failed', attempts: 0 }]);
    expect(await bench.events()).toMatchObject([{ state: 'applied', deliveries: 2 }]);
    expect(await bench.differences()).toEqual([]);
  });

  // G6
  test.each([
    { name: 'is no JSON', body: 'no json', status: 500 },
    { name: 'lacks what its kind has', body: { object_kind: 'issue' }, status: 500 },
    {
      name: 'has a path in place of an id',
      body: { object_kind: 'build', project_id: '../users', build_id: 1 },
      status: 500,
    },
  ])('that $name is given up after $status and some attempts', async ({ body, status }) => {
    const answers: number[] = [];
    for (let attempt = 0; attempt < MOST_ATTEMPTS + 1; attempt += 1)
      answers.push((await bench.post(body, { key: 'poison' })).status);

    expect(answers).toEqual([...Array<number>(MOST_ATTEMPTS - 1).fill(status), 200, 200]);
    expect(await bench.events()).toMatchObject([{ state: 'dead', attempts: MOST_ATTEMPTS }]);
    expect(bench.told).toContainEqual(expect.objectContaining({ code: 'E_WEBHOOK_EVENT' }));
  });

  test('that comes without an envelope is refused', async () => {
    const answer = await bench.raw('{"object_kind":"issue"}');

    expect(answer).toMatchObject({ status: 400, body: { code: 'E_REQUEST' } });
    expect(await bench.events()).toEqual([]);
  });

  test('is forgotten after a while, and what it wrote', async () => {
    const { database } = bench;
    await bench.post(issueEvent(bench.project, bench.issue));
    const store = { database, dataset: DATASET };
    const early = await forgetEvents(store, 30);
    await database.query(
      sql`update ${stateTable('webhook_event')} set first_at = first_at - interval '31 days'`,
    );
    await database.query(
      sql`update ${stateTable('webhook_row')} set written_at = written_at - interval '2 hours'`,
    );

    expect([early, await forgetEvents(store, 30)]).toEqual([0, 1]);
    expect(await bench.rowsOf(sql`select from ${stateTable('webhook_row')}`)).toEqual([]);
  });
});

describe('verify', () => {
  // I11
  test('finds an event without its load, and two with one', async () => {
    const { project, issue, gitlab, database } = bench;
    updateRow(gitlab.world, { name: 'issues', where: project, id: issue.id }, { title: 'Damage' });
    await bench.post(issueEvent(project, issue), { key: 'damaged' });
    const events = stateTable('webhook_event');

    await database.query(
      sql`insert into ${events} (event_key, kind, state, load_id) select 'other', kind, state, load_id from ${events}`,
    );
    const twice = await bench.broken();
    await database.query(sql`delete from ${events} where event_key = 'other'`);
    await database.query(sql`update ${events} set load_id = '1.0'`);
    const none = await bench.broken();
    await bench.forget();

    expect(twice).toMatchObject([{ count: 1, keys: ['damaged'] }]);
    expect(none).toMatchObject([{ count: 1, keys: ['damaged'] }]);
    expect(none[0]?.invariant).toContain('I11');
  });
});

describe('a consumer', () => {
  test('that cannot begin answers that the event must come again', async () => {
    const post = bench.consumer({ DATABASE_URL: 'postgres://nobody:x@127.0.0.1:1/none' });

    expect(await post(issueEvent(bench.project, bench.issue))).toMatchObject({ status: 503 });
  });

  test('that GitLab asks to wait says for how long', async () => {
    const { gitlab, project, issue } = bench;
    const headers = { 'retry-after': '60' };
    gitlab.faults.add({ match: { path: /issues/u }, respond: { status: 429, headers } });

    const answer = await bench.consumer()(issueEvent(project, issue));

    expect(answer.status).toBe(503);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(50);
  });

  test('is replaced once when its token is refused to two events, and not while an event has it', async () => {
    const { gitlab, project, issue } = bench;
    const { branches = [], jobs = [] } = gitlab.world.projects.get(project) ?? {};
    const [second, third] = [closedGate(), closedGate()];
    const held = { match: { path: /branches/u }, respond: { waitFor: second.passed } };
    const working = { match: { path: /jobs/u }, respond: { waitFor: third.passed } };
    const refused = { match: { path: /issues|branches/u }, respond: { status: 401 } };
    gitlab.faults.add(held, working, refused);
    const post = bench.consumer();

    const later = post(pushEvent(project, branches[0]?.name ?? '', 'moved'), { key: 'later' });
    await expect.poll(() => gitlab.faults.struck(held)).toBe(1);
    const first = await post(issueEvent(project, issue), { key: 'first' });
    const other = post(jobEvent(project, jobs[0]?.id ?? 0), { key: 'other' });
    await expect.poll(() => gitlab.faults.struck(working)).toBe(1);
    second.open();
    const answers = [first, await later];
    third.open();

    expect(answers).toMatchObject(
      Array(2).fill({ status: 500, body: { code: 'E_GITLAB_AUTH' } }) as object[],
    );
    expect(await other).toMatchObject({ status: 200 });
    expect(await bench.events()).toMatchObject([
      { key: 'later', state: 'failed' },
      { key: 'first', state: 'failed' },
      { key: 'other' },
    ]);
  });
});

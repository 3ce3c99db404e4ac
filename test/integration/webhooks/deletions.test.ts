import { beforeEach, describe, expect, test } from 'vitest';

import { sql } from '../../../functions/engine/sql/sql.ts';
import { updateRow } from '../../support/gitlab/shelves/mutations.ts';
import { deleteBranch, insertBranch } from '../../support/gitlab/world/mutations.ts';
import { holdBack } from '../../support/heldAnswers.ts';
import { stateTable } from '../../support/run.ts';
import { JSON_TYPE } from '../../support/sweepBench.ts';
import {
  issueEvent,
  pushEvent,
  useWebhookBench,
  type WebhookBench,
} from '../../support/webhookBench.ts';

let bench: WebhookBench;
let branch: string;

useWebhookBench((opened) => {
  bench = opened;
});

beforeEach(() => {
  const { branches = [] } = bench.gitlab.world.projects.get(bench.project) ?? {};
  branch = branches.find(({ isDefault }) => !isDefault)?.name ?? '';
});

describe('a deletion', () => {
  // G9
  test('that an event tells is confirmed, and leaves a tombstone', async () => {
    const name = 'short-lived';
    insertBranch(bench.gitlab.world, bench.project, name);
    await bench.post(pushEvent(bench.project, name, 'moved'));
    deleteBranch(bench.gitlab.world, bench.project, name);

    await bench.post(pushEvent(bench.project, name, 'deleted'));

    expect(await bench.events()).toMatchObject([{ state: 'applied' }, { state: 'applied' }]);
    expect(await bench.differences()).toEqual([]);
    expect(
      await bench.rowsOf(sql`select kind, key ->> 'name' as name from ${stateTable('tombstone')}`),
    ).toEqual([{ kind: 'webhook', name }]);
  });

  // G9
  test.each([
    { name: 'GitLab still has the row', hide: 'nothing' },
    { name: 'the project is hidden', hide: 'project' },
  ])('is not believed where $name', async ({ hide }) => {
    const { project, gitlab } = bench;
    if (hide === 'project') {
      const path = new RegExp(`/projects/${String(project)}(/repository/branches/.*)?$`, 'u');
      const body = '{"message":"404 Project Not Found"}';
      gitlab.faults.add({ match: { path }, respond: { status: 404, headers: JSON_TYPE, body } });
    }

    const answer = await bench.post(pushEvent(project, branch, 'deleted'));

    expect(answer.body).toEqual({ outcome: 'noop' });
    expect(await bench.differences()).toEqual([]);
  });

  // G3, I18
  test('is not undone by a page that was read before', async () => {
    const name = 'soon-gone';
    insertBranch(bench.gitlab.world, bench.project, name);
    const path = `/projects/${String(bench.project)}/repository/branches`;
    const door = await holdBack(bench.gitlab, `/api/v4${path}`, `${path}?per_page=100`);
    const loading = bench.load({ request: { resources: ['branches'] } });
    await door.reached();
    deleteBranch(bench.gitlab.world, bench.project, name);

    await bench.post(pushEvent(bench.project, name, 'deleted'));
    door.open();
    await loading;

    expect(await bench.differences()).toEqual([]);
  });
});

describe('what stands below a row', () => {
  const notes = (): number =>
    bench.gitlab.requests.entries.filter(({ url }) =>
      url.includes(`/issues/${String(bench.issue.ordinal + 1)}/notes?`),
    ).length;

  // G4
  test('that an event has changed is read by the next run, once', async () => {
    const { project, issue, gitlab } = bench;
    await bench.load({ request: { resources: ['issue_notes'] } });
    updateRow(gitlab.world, { name: 'issues', where: project, id: issue.id }, { title: 'Below' });
    await bench.post(issueEvent(project, issue));
    const counts: number[] = [];
    for (let run = 0; run < 2; run += 1) {
      gitlab.requests.clear();
      await bench.load({ request: { resources: ['issue_notes'] } });
      counts.push(notes());
      // As if the run had been minutes after the event.
      await bench.database.query(sql`update ${stateTable('load')}
        set committed_at = committed_at - interval '5 minutes' where origin = 'webhook'`);
    }

    expect(counts).toEqual([1, 0]);
    expect(await bench.differences()).toEqual([]);
  });
});

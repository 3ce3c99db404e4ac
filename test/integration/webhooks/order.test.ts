import { beforeEach, describe, expect, test } from 'vitest';

import { updateRow } from '../../support/gitlab/shelves/mutations.ts';
import { finishJob, moveBranch } from '../../support/gitlab/world/mutations.ts';
import { holdBack } from '../../support/heldAnswers.ts';
import {
  issueEvent,
  jobEvent,
  pushEvent,
  useWebhookBench,
  type WebhookBench,
} from '../../support/webhookBench.ts';

let bench: WebhookBench;
let branch: string;
let job: number;

useWebhookBench((opened) => {
  bench = opened;
});

beforeEach(() => {
  const { branches = [], jobs = [] } = bench.gitlab.world.projects.get(bench.project) ?? {};
  branch = branches.find(({ isDefault }) => !isDefault)?.name ?? '';
  job = jobs[0]?.id ?? 0;
});

interface Case {
  readonly name: string;
  readonly resource: string;
  /** The list and the single row, below the project. */
  readonly list: () => string;
  readonly single: () => string;
  readonly change: (note: string) => void;
  readonly event: () => object;
}

const CASES: readonly Case[] = [
  {
    name: 'an issue, which has updated_at',
    resource: 'issues',
    list: () => 'issues',
    single: () => `issues/${String(bench.issue.ordinal + 1)}`,
    change: (title) => {
      const { project, issue, gitlab } = bench;
      updateRow(gitlab.world, { name: 'issues', where: project, id: issue.id }, { title });
    },
    event: () => issueEvent(bench.project, bench.issue),
  },
  {
    name: 'a branch, which has none',
    resource: 'branches',
    list: () => 'repository/branches',
    single: () => `repository/branches/${encodeURIComponent(branch)}`,
    change: () => moveBranch(bench.gitlab.world, bench.project, branch),
    event: () => pushEvent(bench.project, branch, 'moved'),
  },
  {
    name: 'a job, whose list is read from its newest down',
    resource: 'jobs',
    list: () => 'jobs',
    single: () => `jobs/${String(job)}`,
    change: (note) => finishJob(bench.gitlab.world, job, note === 'one' ? 'failed' : 'success'),
    event: () => jobEvent(bench.project, job),
  },
];

describe.each(CASES)('$name', ({ resource, list, single, change, event }) => {
  const below = (path: string): string => `/projects/${String(bench.project)}/${path}`;
  const at = (path: string): string => `/api/v4${below(path)}`;
  const listUrl = (): string => `${below(list())}?per_page=100&scope=all&state=all`;
  const full = { request: { resources: [resource], mode: 'full' as const } };

  // G3
  test('a page that was read before the event does not put the older row back', async () => {
    const door = await holdBack(
      bench.gitlab,
      at(list()),
      resource === 'jobs' ? `${below('jobs')}?per_page=100` : listUrl(),
    );
    const loading = bench.load(full);
    await door.reached();
    change('one');

    const answer = await bench.post(event() as never);
    door.open();
    await loading;

    expect(answer.body).toEqual({ outcome: 'applied' });
    expect(await bench.differences()).toEqual([]);
  });

  // G3
  test('an answer that is older than the page of a scan is asked for again', async () => {
    change('two');
    const door = await holdBack(bench.gitlab, at(single()), below(single()));
    const applying = bench.post(event() as never);
    await door.reached();
    change('one');
    await bench.load(full);

    door.open();
    const answer = await applying;

    expect(answer.status).toBe(200);
    expect(await bench.events()).toMatchObject([{ state: 'noop', reason: 'unchanged' }]);
    expect(await bench.differences()).toEqual([]);
  });

  // G3
  test('of two events whose answers cross, the newer one stays', async () => {
    const other = bench.consumer();
    change('two');
    const door = await holdBack(bench.gitlab, at(single()), below(single()));
    const first = bench.post(event() as never);
    await door.reached();
    change('one');
    const second = await other(event() as never);
    door.open();

    expect([second.status, (await first).status]).toEqual([200, 200]);
    expect(await bench.differences()).toEqual([]);
  });
});

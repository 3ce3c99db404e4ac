import fc from 'fast-check';
import { expect, test } from 'vitest';

import { readPages } from '../../../functions/engine/extract/pages.ts';
import type { Page } from '../../../functions/engine/model/page.ts';
import type { PartitionTask } from '../../../functions/engine/model/position.ts';
import { randomOf } from '../../support/gitlab/random.ts';
import { taskOf } from '../../unit/extract/task.ts';
import { type Job, jobs, jobServer } from './jobServer.ts';
import { EMPTY_DESTINATION, portsTo } from './testPorts.ts';
import { startTinyServer } from './tinyServer.ts';

const SEED = 20261124;

const story = fc.record({
  rows: fc.integer({ min: 0, max: 700 }),
  /** Of a hundred rows, those that are unfinished when they appear. */
  unfinished: fc.integer({ min: 30, max: 70 }),
  /** Changes before each request, at most. */
  changes: fc.integer({ min: 1, max: 8 }),
  mayRestart: fc.boolean(),
  /** Pages that an invocation commits before it is killed. */
  pagesEach: fc.constantFrom(1, 2, 9),
  seed: fc.integer(),
});

type Story = typeof story extends fc.Arbitrary<infer S> ? S : never;

/** Requests before which something changes: a world that never rests would be read for ever. */
const MOST_CHANGING = 1_000;

/** Jobs that appear, finish, restart and go. */
function changingJobs({ rows, unfinished, changes, mayRestart, seed }: Story) {
  const random = randomOf(seed, 'jobs');
  const world = new Map<number, Job>();
  let lastId = 0;
  const set = (id: number, status: Job['status']): void => {
    world.set(id, { id, status });
  };
  const insert = (): void => {
    lastId += 1;
    set(lastId, random.chance(unfinished / 100) ? 'running' : 'success');
  };
  while (lastId < rows) insert();
  const change = (): void => {
    const id = random.integer(1, Math.max(1, lastId));
    const fate = random.fraction();
    if (fate < 0.2) insert();
    else if (fate < 0.25) world.delete(id);
    else if (!world.has(id)) return;
    else if (fate < 0.9) set(id, 'success');
    else if (mayRestart) set(id, 'running');
  };
  const tick = (): void => {
    for (let left = random.integer(0, changes); left > 0; left -= 1) change();
  };
  return { world, tick };
}

/** Scans and remembers what they brought, as a table does. */
function openLoader(url: string, pagesEach: number) {
  const stored = new Map<number, Job>();
  const unfinished = (): string[] =>
    [...stored.values()].flatMap(({ id, status }) => (status === 'running' ? [String(id)] : []));
  const destination = {
    ...EMPTY_DESTINATION,
    unfinished: () => Promise.resolve(unfinished()),
  };
  let cursor: string | undefined;

  /** Gives the ids that the scan brought, however many invocations it took. */
  const scan = async (): Promise<ReadonlySet<number>> => {
    const brought = new Set<number>();
    let task: PartitionTask | undefined = taskOf(jobs, { cursor });
    while (task !== undefined) {
      const page: Page = await invoke(task, brought);
      if (page.position.at === 'end') {
        ({ cursor } = page.position);
        task = undefined;
      } else task = { ...task, token: page.position.token };
    }
    return brought;
  };
  const invoke = async (task: PartitionTask, brought: Set<number>): Promise<Page> => {
    let committed = 0;
    let last: Page | undefined;
    for await (const page of readPages(task, portsTo(url, { destination }))) {
      for (const job of page.records as unknown as readonly Job[]) {
        stored.set(job.id, job);
        brought.add(job.id);
      }
      last = page;
      committed += 1;
      if (committed >= pagesEach) break;
    }
    if (last === undefined) throw new Error('The scan yielded no page.');
    return last;
  };
  return { stored, unfinished, scan };
}

// G4, G5
test('a scan that is killed anywhere while rows finish, restart and go brings every row that was stored unfinished', async () => {
  const play = async (told: Story): Promise<void> => {
    const { world, tick } = changingJobs(told);
    let changing = 0;
    await using server = await startTinyServer((request, response, index) => {
      if (changing > 0) tick();
      changing -= 1;
      return jobServer(world.values())(request, response, index);
    });
    const loader = openLoader(server.url, told.pagesEach);
    await loader.scan();
    for (let times = 0; times < 40; times += 1) tick();
    const before = loader.unfinished();
    changing = MOST_CHANGING;

    const brought = await loader.scan();

    const left = before.filter((id) => world.has(Number(id)) && !brought.has(Number(id)));
    expect(left).toEqual([]);
    changing = 0;
    await loader.scan();
    expect([...world.keys()].filter((id) => !loader.stored.has(id))).toEqual([]);
    const wrong = [...world.values()].filter(({ id, status }) => {
      const isStale = loader.stored.get(id)?.status !== status;
      return isStale && !(told.mayRestart && status === 'running');
    });
    expect(wrong).toEqual([]);
  };
  await fc.assert(fc.asyncProperty(story, play), { seed: SEED, numRuns: 25, endOnFailure: true });
});

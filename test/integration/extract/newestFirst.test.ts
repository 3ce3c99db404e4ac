import { describe, expect, test } from 'vitest';

import { readPages } from '../../../functions/engine/extract/pages.ts';
import type { DestinationReader } from '../../../functions/engine/extract/ports.ts';
import { collect } from '../../unit/extract/collect.ts';
import { taskOf } from '../../unit/extract/task.ts';
import { type Job, jobs, jobServer } from './jobServer.ts';
import {
  EMPTY_DESTINATION,
  firstPage,
  idsOf,
  portsTo,
  positionsOf,
  readWithRestarts,
} from './testPorts.ts';
import { sendJson, startTinyServer } from './tinyServer.ts';

function jobsUpTo(count: number, running: readonly number[] = []): readonly Job[] {
  return Array.from({ length: count }, (_, index) => {
    const id = index + 1;
    return { id, status: running.includes(id) ? 'running' : 'success' };
  });
}

function withUnfinished(...ids: readonly number[]): DestinationReader {
  return { ...EMPTY_DESTINATION, unfinished: () => Promise.resolve(ids.map(String)) };
}

describe('newest-first lists', () => {
  test('are read whole the first time and leave the highest id as cursor', async () => {
    await using server = await startTinyServer(jobServer(jobsUpTo(250)));

    const pages = await collect(readPages(taskOf(jobs), portsTo(server.url)));

    expect(idsOf(pages)).toHaveLength(250);
    expect(positionsOf(pages).map(({ at }) => at)).toEqual(['page', 'page', 'end']);
    expect(positionsOf(pages).at(-1)).toEqual({ at: 'end', cursor: '250' });
    expect(server.asked[0]).toBe(
      '/api/v4/projects/17/jobs?order_by=id&sort=desc&pagination=keyset&per_page=100',
    );
  });

  test.each([0, 7, 2 ** 53, -3, 1.5, '900', null])(
    'take no cursor from %j unless it is an id of GitLab',
    async (id) => {
      await using server = await startTinyServer((_, response) => {
        sendJson(response, [{ id, status: 'success' }]);
      });

      const pages = await collect(readPages(taskOf(jobs), portsTo(server.url)));

      const cursor = id === 0 || id === 7 ? String(id) : undefined;
      expect(positionsOf(pages)).toEqual([{ at: 'end', cursor }]);
    },
  );

  test('end at the page that the cursor covers', async () => {
    await using server = await startTinyServer(jobServer(jobsUpTo(900)));
    const task = taskOf(jobs, { cursor: '880' });

    const pages = await collect(readPages(task, portsTo(server.url)));

    expect(idsOf(pages)).toHaveLength(100);
    expect(positionsOf(pages)).toEqual([{ at: 'end', cursor: '900' }]);
    expect(server.asked).toHaveLength(1);
  });

  test('read one page more when the cursor lies at the edge of one', async () => {
    await using server = await startTinyServer(jobServer(jobsUpTo(900)));
    const task = taskOf(jobs, { cursor: '801' });

    const pages = await collect(readPages(task, portsTo(server.url)));

    expect(idsOf(pages)).toHaveLength(200);
  });

  test('keep the cursor when nothing is left', async () => {
    await using server = await startTinyServer(jobServer([]));
    const task = taskOf(jobs, { cursor: '801' });

    const pages = await collect(readPages(task, portsTo(server.url)));

    expect(positionsOf(pages)).toEqual([{ at: 'end', cursor: '801' }]);
  });

  // G3
  test('never move the cursor back when the newest rows were deleted', async () => {
    await using server = await startTinyServer(jobServer(jobsUpTo(99)));
    const task = taskOf(jobs, { cursor: '801' });

    const pages = await collect(readPages(task, portsTo(server.url)));

    expect(positionsOf(pages)).toEqual([{ at: 'end', cursor: '801' }]);
  });

  test('list unfinished rows and fetch those that finished one by one', async () => {
    await using server = await startTinyServer(jobServer(jobsUpTo(900, [5, 7])));
    const ports = portsTo(server.url, { destination: withUnfinished(5, 7, 9, 890, 100_000) });
    const task = taskOf(jobs, { cursor: '880' });

    const pages = await collect(readPages(task, ports));

    expect(idsOf(pages).slice(100)).toEqual([9, 7, 5]);
    expect(server.asked.slice(1)).toEqual([
      '/api/v4/projects/17/jobs?order_by=id&sort=desc&scope%5B%5D=running&scope%5B%5D=manual&pagination=keyset&per_page=100',
      '/api/v4/projects/17/jobs/100000',
      '/api/v4/projects/17/jobs/9',
    ]);
    expect(positionsOf(pages)).toEqual([
      { at: 'page', token: { phase: 'unfinished', mark: '900' } },
      { at: 'page', token: { phase: 'unfinished', mark: '900', settled: '100000' } },
      { at: 'page', token: { phase: 'unfinished', mark: '900', settled: '9' } },
      { at: 'end', cursor: '900' },
    ]);
  });

  test('ask for unfinished rows only when some are stored that the new pages do not show', async () => {
    await using server = await startTinyServer(jobServer(jobsUpTo(900)));
    const ports = portsTo(server.url, { destination: withUnfinished(890) });

    await collect(readPages(taskOf(jobs, { cursor: '880' }), ports));

    expect(server.asked).toHaveLength(1);
  });

  test('go on after any page of any phase', async () => {
    const world = jobsUpTo(
      450,
      Array.from({ length: 150 }, (_, index) => index + 1),
    );
    await using server = await startTinyServer(jobServer(world));
    const ports = portsTo(server.url, { destination: withUnfinished(1, 2, 160, 161, 100_000) });

    const pages = await readWithRestarts(taskOf(jobs, { cursor: '300' }), ports);

    expect(new Set(idsOf(pages))).toEqual(
      new Set([
        ...Array.from({ length: 200 }, (_, index) => 450 - index),
        ...Array.from({ length: 150 }, (_, index) => index + 1),
        160,
        161,
      ]),
    );
    expect(positionsOf(pages).at(-1)).toEqual({ at: 'end', cursor: '450' });
  });

  test('that outlast their invocations ask for nothing again that the scan has brought', async () => {
    const running = Array.from({ length: 40 }, (_, index) => 450 - index);
    await using server = await startTinyServer(jobServer(jobsUpTo(450, running)));
    const ports = portsTo(server.url, { destination: withUnfinished(...running) });

    await readWithRestarts(taskOf(jobs), ports);

    expect(server.asked.filter((url) => /scope|jobs\/\d/.test(url))).toEqual([]);
  });

  test('ask one by one for what the list of unfinished rows lacks, and for nothing else, wherever they were cut off', async () => {
    const running = Array.from({ length: 250 }, (_, index) => 600 - 2 * index);
    const finished = [700, 699, 599, 401, 399, 301, 7];
    await using server = await startTinyServer(jobServer(jobsUpTo(900, running)));
    const unfinished = withUnfinished(...running, ...finished, 1_000);
    const task = taskOf(jobs, { cursor: '880' });

    const pages = await readWithRestarts(task, portsTo(server.url, { destination: unfinished }));

    const singles = server.asked.flatMap((url) => /jobs\/(\d+)/.exec(url)?.[1] ?? []);
    expect(new Set(singles.map(Number))).toEqual(new Set([...finished, 1_000]));
    expect(new Set(idsOf(pages).slice(100))).toEqual(new Set([...running, ...finished]));
    expect(positionsOf(pages).at(-1)).toEqual({ at: 'end', cursor: '900' });
  });

  test.each([{ phase: 'changed', after: { id: '9' } }, { phase: 'changed' }] as const)(
    'go on at a token of an earlier version: %j',
    async (token) => {
      await using server = await startTinyServer(jobServer(jobsUpTo(900, [5, 7])));
      const ports = portsTo(server.url, { destination: withUnfinished(5, 7, 9, 10) });
      const task = taskOf(jobs, { cursor: '880', token: { ...token, mark: '900' } });

      const pages = await collect(readPages(task, ports));

      expect(idsOf(pages)).toEqual([10, 9, 7, 5]);
      expect(positionsOf(pages).at(-1)).toEqual({ at: 'end', cursor: '900' });
    },
  );

  test('pass single rows that were deleted, however many, one invocation after the other', async () => {
    await using server = await startTinyServer(jobServer(jobsUpTo(900)));
    const deleted = Array.from({ length: 30 }, (_, index) => 1_000 + index);
    const destination = withUnfinished(...deleted);
    const ports = portsTo(server.url, { destination, mayAsk: () => false });
    const task = taskOf(jobs, { cursor: '880', token: { phase: 'unfinished', mark: '900' } });

    await firstPage(task, ports);

    expect(server.asked.length).toBeLessThan(10);
    const pages = await readWithRestarts(task, ports);
    expect(positionsOf(pages).at(-1)).toEqual({ at: 'end', cursor: '900' });
  });

  test('bring a page of unfinished rows before what is below a row on it, and pass nothing that was not brought', async () => {
    await using server = await startTinyServer(jobServer(jobsUpTo(900, [300, 250])));
    const ports = portsTo(server.url, { destination: withUnfinished(5, 240, 250, 280, 300, 310) });

    const pages = await collect(readPages(taskOf(jobs, { cursor: '880' }), ports));

    expect(pages.slice(1).map(({ records }) => records.map(({ id }) => id))).toEqual([
      ...[[310], [300, 250], [280], [240], [5]],
    ]);
    const phase = 'unfinished';
    expect(positionsOf(pages)).toEqual([
      ...['801', '310', '300', '280', '240'].map((settled) => ({
        at: 'page',
        token: { phase, mark: '900', settled },
      })),
      { at: 'end', cursor: '900' },
    ]);
  });

  test('read the list on that was begun, although nothing is missing any more', async () => {
    await using server = await startTinyServer(jobServer(jobsUpTo(900, [5, 7])));
    const token = { phase: 'unfinished', mark: '900', settled: '300' } as const;

    const pages = await collect(readPages(taskOf(jobs, { token }), portsTo(server.url)));

    expect(idsOf(pages)).toEqual([7, 5]);
  });

  test('keep the mark of the first page when newer rows appear during the scan', async () => {
    const world = [...jobsUpTo(250)];
    await using server = await startTinyServer((request, response, index) => {
      if (index === 1) world.push({ id: 251, status: 'running' });
      return jobServer(world)(request, response, index);
    });

    const pages = await readWithRestarts(taskOf(jobs), portsTo(server.url));

    expect(positionsOf(pages).at(-1)).toEqual({ at: 'end', cursor: '250' });
  });
});

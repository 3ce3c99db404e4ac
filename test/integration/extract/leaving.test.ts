import { describe, expect, test } from 'vitest';

import { readPages } from '../../../functions/engine/extract/pages.ts';
import type { Page } from '../../../functions/engine/model/page.ts';
import type { PartitionTask } from '../../../functions/engine/model/position.ts';
import { caught } from '../../unit/extract/caught.ts';
import { collect } from '../../unit/extract/collect.ts';
import { taskOf } from '../../unit/extract/task.ts';
import { keysetList, offsetList } from './lists.ts';
import { portsTo } from './testPorts.ts';
import { queryOf, sendJson, startTinyServer } from './tinyServer.ts';

describe('leaving', () => {
  test('ends the requests under way', async () => {
    let isClosed = false;
    const list = offsetList(900);
    await using server = await startTinyServer((request, response, index) => {
      if (index === 0) return list(request, response, index);
      response.on('close', () => {
        isClosed = true;
      });
    });

    for await (const page of readPages(taskOf({}), portsTo(server.url))) {
      expect(page.records).toHaveLength(100);
      await expect.poll(() => server.asked.length).toBe(2);
      break;
    }

    await expect.poll(() => isClosed).toBe(true);
  });

  test('an aborted signal ends the scan with its reason after the pages before it', async () => {
    const list = offsetList(900);
    await using server = await startTinyServer((request, response, index) =>
      index < 2 ? list(request, response, index) : undefined,
    );
    const stop = new AbortController();
    const reason = new Error('budget ended');
    const read: number[] = [];
    const consume = async (): Promise<void> => {
      for await (const page of readPages(
        taskOf({}),
        portsTo(server.url, { signal: stop.signal }),
      )) {
        read.push(page.records.length);
        if (read.length === 2) stop.abort(reason);
      }
    };

    await expect(consume()).rejects.toBe(reason);
    expect(read).toEqual([100, 100]);
  });

  test('a failure comes after the pages before it', async () => {
    const list = offsetList(900);
    await using server = await startTinyServer((request, response, index) =>
      queryOf(request).get('page') === '3'
        ? sendJson(response, {}, { status: 403 })
        : list(request, response, index),
    );
    const read: number[] = [];

    const error = await caught(async () => {
      for await (const page of readPages(taskOf({}), portsTo(server.url)))
        read.push(page.records.length);
    });

    expect(error.code).toBe('E_GITLAB_FORBIDDEN');
    expect(read).toEqual([100, 100]);
  });
});

describe('when time is over', () => {
  /** Ports whose time is over as soon as a page has been read. */
  function portsUntilPage(baseUrl: string) {
    let isOver = false;
    const ports = portsTo(baseUrl, { mayAsk: () => !isOver });
    const read: Page[] = [];
    const readAll = async (task: PartitionTask): Promise<readonly Page[]> => {
      for await (const page of readPages(task, ports)) {
        read.push(page);
        isOver = true;
      }
      return read;
    };
    return { readAll };
  }

  test.each([
    { list: 'offset', resource: {}, handler: offsetList(900) },
    { list: 'counted offset', resource: {}, handler: offsetList(900, 'totals') },
    { list: 'keyset', resource: { pagination: 'keyset' as const }, handler: keysetList(900) },
  ])('$list lists give all that was asked for, and no end', async ({ resource, handler }) => {
    await using server = await startTinyServer(handler);

    const pages = await portsUntilPage(server.url).readAll(taskOf(resource));

    expect(pages.length).toBe(server.asked.length);
    expect(pages.length).toBeLessThan(9);
    expect(pages.map(({ position }) => position.at)).not.toContain('end');
  });

  test('the first page is read all the same', async () => {
    await using server = await startTinyServer(offsetList(900));
    const ports = portsTo(server.url, { mayAsk: () => false });

    const pages = await collect(readPages(taskOf({}), ports));

    expect(pages).toHaveLength(1);
    expect(server.asked).toHaveLength(1);
  });

  test('the scan ends all the same when there seems to be some again', async () => {
    await using server = await startTinyServer(offsetList(900, 'totals'));
    let questions = 0;
    const ports = portsTo(server.url, { mayAsk: () => (questions += 1) !== 1 });

    const pages = await collect(readPages(taskOf({}), ports));

    expect(pages.length).toBe(server.asked.length);
    expect(pages.map(({ position }) => position.at)).not.toContain('end');
  });

  test('a failure of what was asked for before is one', async () => {
    const list = offsetList(900);
    await using server = await startTinyServer((request, response, index) =>
      index === 1 ? sendJson(response, {}, { status: 403 }) : list(request, response, index),
    );

    const error = await caught(() => portsUntilPage(server.url).readAll(taskOf({})));

    expect(error.code).toBe('E_GITLAB_FORBIDDEN');
  });
});

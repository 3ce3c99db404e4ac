import { describe, expect, test } from 'vitest';

import { readPages } from '../../../functions/engine/extract/pages.ts';
import { caught } from '../../unit/extract/caught.ts';
import { taskOf } from '../../unit/extract/task.ts';
import { offsetList } from './lists.ts';
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

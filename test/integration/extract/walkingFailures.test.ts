import { describe, expect, test } from 'vitest';

import { readPages } from '../../../functions/engine/extract/pages.ts';
import { caught } from '../../unit/extract/caught.ts';
import { collect } from '../../unit/extract/collect.ts';
import { taskOf } from '../../unit/extract/task.ts';
import { changingList } from './changingList.ts';
import { portsTo } from './testPorts.ts';
import { sendJson, startTinyServer } from './tinyServer.ts';
import { issues, NOW, ties, world } from './walkedWorld.ts';

describe('a walk by change ends with an error', () => {
  const full = (first: number, instant: string) =>
    Array.from({ length: 100 }, (_, index) => ({ id: first + index, updated_at: instant }));
  const wrong: readonly {
    name: string;
    code: string;
    told: string;
    answer: (index: number) => object[];
  }[] = [
    {
      name: 'GitLab orders otherwise',
      code: 'E_GITLAB_ANSWER',
      told: "rows that do not ascend by 'updated_at'",
      answer: () => [
        { id: 1, updated_at: '2026-02-02T00:00:00.000Z' },
        { id: 2, updated_at: '2026-02-01T00:00:00.000Z' },
      ],
    },
    {
      name: 'GitLab does not filter',
      code: 'E_GITLAB_ANSWER',
      told: "rows from before '2026-02-02T23:59:59.999Z', which 'updated_after' asked for",
      answer: (index) => [
        ...full(1, '2026-02-01T00:00:00.000Z'),
        { id: 200 + index, updated_at: '2026-02-03T00:00:00.000Z' },
      ],
    },
    {
      name: 'every page is the same',
      code: 'E_NO_PROGRESS',
      told: 'never stands still',
      answer: () => full(1, '2026-02-01T00:00:00.000Z'),
    },
  ];
  test.each(wrong)('2: when $name', async ({ answer, code, told }) => {
    await using server = await startTinyServer((_, response, index) => {
      sendJson(response, answer(index), { headers: { 'x-next-page': '2' } });
    });

    const error = await caught(() => collect(readPages(taskOf(issues), portsTo(server.url))));

    expect(error).toMatchObject({ code, message: expect.stringContaining(told) as string });
    expect(server.asked.length).toBeLessThan(500);
  });

  // GL2.14
  test('2: when the list vanishes on the way, so that it is not taken as read', async () => {
    const list = changingList({ rows: () => world(250), now: () => NOW });
    await using server = await startTinyServer((request, response, index) => {
      if (index === 1) sendJson(response, {}, { status: 404 });
      else return list(request, response, index);
    });
    const task = taskOf({ ...issues, absent: { 404: 'switched off' } });

    const error = await caught(() => collect(readPages(task, portsTo(server.url))));

    expect(error.code).toBe('E_GITLAB_FORBIDDEN');
  });

  test('2: at the largest offset that GitLab answers among rows of one instant', async () => {
    const rows = ties(300, 1);
    const list = changingList({ rows: () => rows, now: () => NOW });
    await using server = await startTinyServer((request, response, index) => {
      if (index === 2) sendJson(response, { error: 'maximum allowed offset' }, { status: 405 });
      else return list(request, response, index);
    });

    const error = await caught(() => collect(readPages(taskOf(issues), portsTo(server.url))));

    expect(error.code).toBe('E_GITLAB_ANSWER');
  });
});

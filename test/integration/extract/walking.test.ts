import { describe, expect, test } from 'vitest';

import { readPages } from '../../../functions/engine/extract/pages.ts';
import { collect } from '../../unit/extract/collect.ts';
import { taskOf } from '../../unit/extract/task.ts';
import { changingList } from './changingList.ts';
import { idsOf, portsTo, positionsOf, readWithRestarts } from './testPorts.ts';
import { type Handler, queryOf, sendJson, startTinyServer } from './tinyServer.ts';
import { cursorOf, ids, issues, MINUTE, NOW, shifted, ties, upTo, world } from './walkedWorld.ts';

describe('a walk by change', () => {
  // GL2.9
  test('2: asks for the first page behind the last row and leaves its instant as the cursor', async () => {
    await using server = await startTinyServer(
      changingList({ rows: () => world(250, { step: 1_000_000 }), now: () => NOW }),
    );

    const pages = await collect(readPages(taskOf(issues), portsTo(server.url)));

    expect(ids(pages)).toEqual(upTo(250));
    expect(server.asked.map((path) => new URL(path, 'http://h').searchParams.toString())).toEqual([
      'scope=all&order_by=updated_at&sort=asc&page=1&per_page=100',
      'scope=all&order_by=updated_at&sort=asc&updated_after=2026-03-01T11%3A56%3A30.499Z&page=1&per_page=100',
      'scope=all&order_by=updated_at&sort=asc&updated_after=2026-03-01T11%3A58%3A09.499Z&page=1&per_page=100',
    ]);
    expect(cursorOf(pages)).toBe('2026-03-01T11:59:00.500Z');
  });

  test.each([
    { name: 'in the bound', isInclusive: true },
    { name: 'out of it', isInclusive: false },
  ])(
    '2: misses no row where microseconds are shown as milliseconds and GitLab leaves rows $name',
    async ({ isInclusive }) => {
      const rows = world(1_000, { step: 37 });
      await using server = await startTinyServer(
        changingList({ rows: () => rows, now: () => NOW, isInclusive }),
      );

      const pages = await collect(readPages(taskOf(issues), portsTo(server.url)));

      expect(ids(pages)).toEqual(upTo(1_000));
    },
  );

  // GL2.10
  test('2: reads 1,000 rows of one instant page by page, and 50 more of it with the next scan', async () => {
    const rows = [...world(30), ...ties(1_000, 31), ...world(30, { end: NOW }).map(shifted(1_030))];
    await using server = await startTinyServer(changingList({ rows: () => rows, now: () => NOW }));
    const first = await collect(readPages(taskOf(issues), portsTo(server.url)));
    rows.push(...ties(50, 2_000));

    const cursor = cursorOf(first);
    const second = await collect(readPages(taskOf(issues, { cursor }), portsTo(server.url)));

    expect(ids(first)).toEqual(upTo(1_060));
    expect(idsOf(second).filter((id) => Number(id) >= 2_000)).toHaveLength(50);
  });

  test.each(['all', 'none'] as const)(
    '2: goes on at every page of ties and others where an invocation ended (headers: %s)',
    async (headers) => {
      const rows = [...world(250), ...ties(450, 251), ...world(30, { end: NOW }).map(shifted(700))];
      await using server = await startTinyServer(
        changingList({ rows: () => rows, now: () => NOW, headers }),
      );

      const resumed = await readWithRestarts(taskOf(issues), portsTo(server.url));
      const whole = await collect(readPages(taskOf(issues), portsTo(server.url)));

      expect(ids(resumed)).toEqual(upTo(730));
      expect(resumed.map(({ request }) => request)).toEqual(whole.map(({ request }) => request));
      expect(cursorOf(resumed)).toBe(cursorOf(whole));
    },
  );

  test('2: begins the rows of one instant again when one of them leaves', async () => {
    let rows = ties(350, 1);
    await using server = await startTinyServer(
      changingList({
        rows: () => rows,
        now: () => NOW,
        before: (index) => {
          if (index === 3) rows = rows.filter(({ id }) => id !== 7);
        },
      }),
    );

    const pages = await readWithRestarts(taskOf(issues), portsTo(server.url));

    expect(ids(pages)).toEqual(upTo(350));
  });

  // GL2.12
  test('4: finds a version that becomes visible 5 minutes late', async () => {
    let now = NOW;
    const rows = world(120, { step: 30_000_000, end: NOW });
    const late = { id: 777, changed: (NOW - MINUTE) * 1_000, visibleAt: NOW + 4 * MINUTE };
    rows.push(late);
    await using server = await startTinyServer(changingList({ rows: () => rows, now: () => now }));
    const ports = portsTo(server.url);
    const first = await collect(readPages(taskOf(issues), ports));
    now += 4 * MINUTE;

    const second = await collect(readPages(taskOf(issues, { cursor: cursorOf(first) }), ports));

    expect(idsOf(first)).not.toContain(777);
    expect(idsOf(second)).toContain(777);
  });

  test('4: a walk that follows changes for an hour leaves the cursor where it began', async () => {
    let now = NOW;
    const rows = world(150, { end: NOW });
    rows.push({ id: 777, changed: (NOW - MINUTE) * 1_000, visibleAt: NOW + 4 * MINUTE });
    await using server = await startTinyServer(
      changingList({
        rows: () => rows,
        now: () => now,
        before: (index) => {
          if (index === 0 || index > 8) return;
          now += 8 * MINUTE;
          rows.push(...world(150, { end: now }).map(shifted(1_000 * index)));
        },
      }),
    );
    const ports = portsTo(server.url);
    const first = await readWithRestarts(taskOf(issues), ports);

    const second = await collect(readPages(taskOf(issues, { cursor: cursorOf(first) }), ports));

    expect(cursorOf(first)).toBe(new Date(Math.floor(NOW / 1_000) * 1_000).toISOString());
    expect(ids([...first, ...second])).toEqual(new Set(rows.map(({ id }) => id)));
  });

  // GL2.12
  test('4: replicas 60 s behind hide nothing for longer than one scan', async () => {
    let now = NOW;
    const rows = world(400, { step: 600_000, end: NOW });
    await using server = await startTinyServer(
      changingList({
        rows: () => rows,
        now: () => now,
        lag: (index) => (index % 2 === 1 ? MINUTE : 0),
      }),
    );
    const ports = portsTo(server.url);
    const first = await collect(readPages(taskOf(issues), ports));
    now += MINUTE;

    const second = await collect(readPages(taskOf(issues, { cursor: cursorOf(first) }), ports));

    expect(ids(first).size).toBeLessThan(400);
    expect(ids([...first, ...second])).toEqual(upTo(400));
  });

  test('4: instants in the future do not take the cursor beyond GitLab’s clock', async () => {
    const rows = [...world(10), { id: 11, changed: (NOW + 60 * MINUTE) * 1_000 }];
    await using server = await startTinyServer(
      changingList({ rows: () => rows, now: () => NOW, lag: () => -120 * MINUTE }),
    );

    const pages = await collect(readPages(taskOf(issues), portsTo(server.url)));

    expect(cursorOf(pages)).toBe('2026-03-01T12:00:00.000Z');
  });

  // G3
  test('4: keeps its cursor when nothing is there any more', async () => {
    await using server = await startTinyServer(changingList({ rows: () => [], now: () => NOW }));
    const cursor = '2026-02-01T00:00:00.000Z';

    const pages = await collect(readPages(taskOf(issues, { cursor }), portsTo(server.url)));

    expect(positionsOf(pages)).toEqual([{ at: 'end', cursor }]);
    expect(server.asked[0]).toContain('updated_after=2026-01-31T23%3A50%3A00.000Z');
  });

  test('4: reads times with an offset and sends them in UTC', async () => {
    const rows = [
      { id: 1, updated_at: '2026-03-01T13:00:00.123+02:00' },
      { id: 2, updated_at: '2026-03-01 12:00:00 UTC' },
    ];
    await using server = await startTinyServer((_, response, index) => {
      sendJson(response, rows.slice(index), {
        headers: { 'x-next-page': index === 0 ? '2' : '' },
      });
    });

    const pages = await collect(readPages(taskOf(issues), portsTo(server.url)));

    expect(server.asked[1]).toContain('updated_after=2026-03-01T11%3A59%3A59.999Z');
    expect(cursorOf(pages)).toBe('2026-03-01T12:00:00.000Z');
  });

  const someUndated: Handler = (request, response) => {
    const page = Number(queryOf(request).get('page'));
    const size = Number(queryOf(request).get('per_page'));
    const all = Array.from({ length: 250 }, (_, index) => ({
      id: index + 1,
      updated_at: index === 0 ? '2026-02-01T00:00:00.000Z' : null,
    }));
    const end = page * size;
    sendJson(response, all.slice(end - size, end), {
      headers: { 'x-next-page': end < 250 ? String(page + 1) : '' },
    });
  };
  const told = (count: string) => ({
    event: 'problem',
    code: 'NOTICE',
    resource: 'widgets',
    message: `${count} rows of a page have no instant in 'updated_at': they were read, but later changes of such rows are not found.`,
  });

  test('4: reads rows without an instant too, and says so once', async () => {
    await using server = await startTinyServer((request, response, index) => {
      if (index === 0) sendJson(response, [{ id: 0, updated_at: '2026-01-01T00:00:00.000Z' }]);
      else return someUndated(request, response, index);
    });
    const noticed = new Set<string>();
    const ports = portsTo(server.url, { noticed });
    await collect(readPages(taskOf(issues), ports));
    expect([ports.events, noticed]).toEqual([[], new Set()]);

    const pages = await readWithRestarts(taskOf(issues), ports);

    expect(ids(pages)).toEqual(upTo(250));
    expect(cursorOf(pages)).toBe('2026-02-01T00:00:00.000Z');
    expect(ports.events).toEqual([told('99 of 100')]);
    expect(noticed).toEqual(new Set(['widgets undated']));
  });

  test('4: says so of every page where nobody keeps what was said', async () => {
    await using server = await startTinyServer(someUndated);
    const ports = portsTo(server.url);

    await collect(readPages(taskOf(issues), ports));

    expect(ports.events[0]).toEqual(told('99 of 100'));
    expect(ports.events.length).toBeGreaterThan(2);
  });
});

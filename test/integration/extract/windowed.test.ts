import { describe, expect, test } from 'vitest';

import { readPages } from '../../../functions/engine/extract/pages.ts';
import type { DestinationReader } from '../../../functions/engine/extract/ports.ts';
import type { ResourceSpec, WindowedCursor } from '../../../functions/engine/model/resource.ts';
import { collect } from '../../unit/extract/collect.ts';
import { taskOf } from '../../unit/extract/task.ts';
import { EMPTY_DESTINATION, idsOf, portsTo, positionsOf, readWithRestarts } from './testPorts.ts';
import { type Handler, queryOf, sendJson, startTinyServer } from './tinyServer.ts';

const NOW = Date.parse('2026-03-01T12:00:00.000Z');
const DAY = 86_400_000;

const dates = {
  kind: 'windowed',
  field: 'created_at',
  after: 'after',
  before: 'before',
  bounds: 'exclusive-dates',
  days: 30,
} as const satisfies WindowedCursor;
const events: Partial<ResourceSpec> = {
  path: '/projects/{project_id}/events',
  bind: { project_id: { from: 'each', scope: 'project' } },
  query: { sort: 'asc' },
  cursor: dates,
};
const audit: Partial<ResourceSpec> = {
  path: '/audit_events',
  cursor: {
    ...dates,
    after: 'created_after',
    before: 'created_before',
    bounds: 'instants',
    longestDays: 30,
  },
};

interface Happened {
  readonly id: number;
  readonly at: number;
}

/** One row every `step` milliseconds from `begin` on, until now. */
function rowsFrom(begin: number, step: number): readonly Happened[] {
  const count = Math.floor((NOW - begin) / step) + 1;
  return Array.from({ length: count }, (_, index) => ({ id: index + 1, at: begin + index * step }));
}

/** Serves rows with GitLab's filters: dates leave themselves out, instants may; windows of over 30 days are refused. */
function windowedList(rows: readonly Happened[], { zone = 0 } = {}): Handler {
  return (request, response) => {
    const query = queryOf(request);
    const [after, before] = [query.get('after'), query.get('before')];
    const low = after === null ? -Infinity : Date.parse(after) + DAY - zone;
    const high = before === null ? Infinity : Date.parse(before) - zone;
    const from = Date.parse(query.get('created_after') ?? '1970-01-01');
    const to = Date.parse(query.get('created_before') ?? '2100-01-01');
    if (query.has('created_before') && to - from > 30 * DAY) {
      sendJson(response, { message: 'date range is too long' }, { status: 400 });
      return;
    }
    const found = rows.filter(({ at }) => at >= low && at < high && at > from && at < to);
    const end = Number(query.get('page')) * 100;
    const sent = found.slice(end - 100, end);
    const json = sent.map(({ id, at }) => ({ id, created_at: new Date(at).toISOString() }));
    sendJson(response, json, {
      headers: {
        date: new Date(NOW).toUTCString(),
        'x-next-page': end < found.length ? String(end / 100 + 1) : '',
      },
    });
  };
}

function bornAt(created: string): DestinationReader {
  return { ...EMPTY_DESTINATION, createdAt: () => Promise.resolve(created) };
}

describe('a windowed list', () => {
  test('4: of dates is read from before its project was created until now, and leaves GitLab’s clock', async () => {
    const rows = rowsFrom(Date.parse('2025-06-01T05:00:00Z'), 6 * 3_600_000);
    await using server = await startTinyServer(windowedList(rows));
    const ports = portsTo(server.url, { destination: bornAt('2025-09-01T10:00:00Z') });

    const pages = await collect(readPages(taskOf(events), ports));

    expect(new Set(idsOf(pages)).size).toBe(rows.length);
    expect(server.asked[0]).toContain('before=2025-09-01&page=1');
    expect(server.asked.some((path) => path.includes('after=2025-08-31&before=2025-10-01'))).toBe(
      true,
    );
    expect(positionsOf(pages).at(-1)).toEqual({ at: 'end', cursor: '2026-03-01T12:00:00.000Z' });
  });

  test.each([-11, 13])(
    '4: of dates misses nothing where GitLab is %i hours from UTC',
    async (hours) => {
      const rows = rowsFrom(NOW - 40 * DAY, 1_800_000);
      await using server = await startTinyServer(windowedList(rows, { zone: hours * 3_600_000 }));
      const cursor = new Date(NOW - 20 * DAY).toISOString();

      const pages = await collect(readPages(taskOf(events, { cursor }), portsTo(server.url)));

      const newer = rows.filter(({ at }) => at >= NOW - 20 * DAY).map(({ id }) => id);
      expect(newer.filter((id) => !idsOf(pages).includes(id))).toEqual([]);
    },
  );

  test('4: of a project without events costs few requests, however old it is', async () => {
    await using server = await startTinyServer(windowedList([]));
    const ports = portsTo(server.url, { destination: bornAt('2012-01-01T00:00:00Z') });

    const pages = await collect(readPages(taskOf(events), ports));

    expect(server.asked.length).toBeLessThan(12);
    expect(positionsOf(pages).at(-1)).toEqual({ at: 'end', cursor: '2026-03-01T12:00:00.000Z' });
  });

  // GL2.13
  test('4: of instants never asks for more than 30 days, and its seams lose no row', async () => {
    const begin = Date.parse('2025-01-01T00:00:00Z');
    const rows = rowsFrom(begin + 30 * DAY, 15 * DAY);
    await using server = await startTinyServer(windowedList(rows));
    const ports = portsTo(server.url, { destination: bornAt('2025-01-01T00:00:00Z') });

    const pages = await collect(readPages(taskOf(audit), ports));

    expect(new Set(idsOf(pages)).size).toBe(rows.length);
    expect(server.asked.length).toBeLessThan(20);
  });

  test('4: asks a later time for what is a day older than its cursor', async () => {
    await using server = await startTinyServer(windowedList([]));
    const cursor = '2026-02-28T12:00:00.000Z';

    await collect(readPages(taskOf(events, { cursor }), portsTo(server.url)));
    await collect(readPages(taskOf(audit, { cursor }), portsTo(server.url)));

    expect(server.asked.map((path) => path.replace(/&page.*/, ''))).toEqual([
      '/api/v4/projects/17/events?sort=asc&after=2026-02-26&before=2026-03-29',
      '/api/v4/audit_events?created_after=2026-02-27T11%3A50%3A00.000Z&created_before=2026-03-29T11%3A50%3A00.000Z',
    ]);
  });

  test.each([
    { name: 'dates', resource: events },
    { name: 'instants', resource: audit },
  ])('4: of $name goes on at every page where an invocation ended', async ({ resource }) => {
    const rows = rowsFrom(NOW - 100 * DAY, 3_600_000 * 4);
    await using server = await startTinyServer(windowedList(rows));
    const born = { destination: bornAt('2025-12-01T10:00:00Z') };

    const resumed = await readWithRestarts(taskOf(resource), portsTo(server.url, born));
    const whole = await collect(readPages(taskOf(resource), portsTo(server.url, born)));

    expect(resumed.map(({ request }) => request)).toEqual(whole.map(({ request }) => request));
    expect(positionsOf(resumed).at(-1)).toEqual(positionsOf(whole).at(-1));
    expect(resumed.length).toBeGreaterThan(6);
  });

  test('4: without an upper bound is one open window', async () => {
    const { kind, field, days } = dates;
    const open = { kind, field, days, bounds: 'instants', after: 'created_after' } as const;
    await using server = await startTinyServer(windowedList([]));
    const cursor = '2026-02-28T12:00:00.000Z';

    await collect(readPages(taskOf({ cursor: open }), portsTo(server.url)));
    await collect(readPages(taskOf({ cursor: open }, { cursor }), portsTo(server.url)));

    expect(server.asked).toEqual([
      '/api/v4/widgets?page=1&per_page=100',
      expect.stringContaining('/api/v4/widgets?created_after=2026-02-27'),
    ]);
  });

  test('4: that does not exist here has no cursor, so that nothing is missing once it does', async () => {
    await using server = await startTinyServer((_, response) => {
      sendJson(response, {}, { status: 404 });
    });
    const task = taskOf({ ...audit, absent: { 404: 'not licensed' } });

    const pages = await collect(readPages(task, portsTo(server.url)));

    expect(positionsOf(pages)).toEqual([{ at: 'end', cursor: undefined }]);
  });
});

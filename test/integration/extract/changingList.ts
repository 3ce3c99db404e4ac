import type { IncomingMessage, ServerResponse } from 'node:http';

import { type Handler, queryOf, sendJson } from './tinyServer.ts';

/** A row of GitLab's database, where instants have microseconds: `changed` counts them. */
export interface WorldRow {
  readonly id: number;
  readonly changed: number;
  /** When everybody sees the row as it is; at once when absent. */
  readonly visibleAt?: number;
}

/** How a list of changing rows is served; `now` is in milliseconds. */
export interface ChangingList {
  readonly rows: () => Iterable<WorldRow>;
  readonly now?: () => number;
  /** How far behind the replica is that answers the `index`th request. */
  readonly lag?: (index: number) => number;
  /** False for a list that leaves the bound itself out. */
  readonly isInclusive?: boolean;
  /** Happens before a request is answered. */
  readonly before?: (index: number) => void;
  /** GitLab sends no headers behind some proxies. */
  readonly headers?: 'all' | 'none';
}

/** The JSON of a row: milliseconds, as GitLab shows them. */
export function jsonOf({ id, changed }: WorldRow): { id: number; updated_at: string } {
  return { id, updated_at: new Date(Math.floor(changed / 1_000)).toISOString() };
}

/** An offset list with `updated_after`, ordered by change and id, no totals. */
export function changingList(list: ChangingList): Handler {
  return (request, response, index) => {
    list.before?.(index);
    const now = list.now?.() ?? Date.now();
    const seen = now - (list.lag?.(index) ?? 0);
    const after = Date.parse(queryOf(request).get('updated_after') ?? '1970-01-01') * 1_000;
    const isIn = ({ changed }: WorldRow): boolean =>
      list.isInclusive === false ? changed > after : changed >= after;
    const rows = [...list.rows()]
      .filter((row) => isIn(row) && row.changed / 1_000 <= seen && (row.visibleAt ?? 0) <= seen)
      .sort((left, right) => left.changed - right.changed || left.id - right.id);
    sendPage(request, response, { rows, now, headers: list.headers ?? 'all' });
  };
}

function sendPage(
  request: IncomingMessage,
  response: ServerResponse,
  {
    rows,
    now,
    headers,
  }: { readonly rows: readonly WorldRow[]; readonly now: number; readonly headers: 'all' | 'none' },
): void {
  const query = queryOf(request);
  const size = Number(query.get('per_page') ?? 20);
  const page = Number(query.get('page') ?? 1);
  const end = page * size;
  const next = { 'x-next-page': end < rows.length ? String(page + 1) : '' };
  sendJson(response, rows.slice(end - size, end).map(jsonOf), {
    headers: { date: new Date(now).toUTCString(), ...(headers === 'all' ? next : {}) },
  });
}

import type { Page } from '../../../functions/engine/model/page.ts';
import type { ResourceSpec } from '../../../functions/engine/model/resource.ts';
import type { WorldRow } from './changingList.ts';
import { idsOf, positionsOf } from './testPorts.ts';

/** Issues of an instance, walked by change. */
export const issues: Partial<ResourceSpec> = {
  path: '/issues',
  query: { scope: 'all', order_by: 'updated_at', sort: 'asc' },
  cursor: { kind: 'walking', field: 'updated_at', after: 'updated_after' },
};

/** The clock of GitLab when a test begins. */
export const NOW = Date.parse('2026-03-01T12:00:00.500Z');
/** In milliseconds. */
export const MINUTE = 60_000;

/** Rows whose last changes lie `step` microseconds apart and end at `end`. */
export function world(count: number, { step = 1_000, end = NOW - MINUTE } = {}): WorldRow[] {
  return Array.from({ length: count }, (_, index) => ({
    id: index + 1,
    changed: end * 1_000 - (count - 1 - index) * step,
  }));
}

/** Rows that share an instant half a minute before the clock. */
export function ties(count: number, firstId: number): WorldRow[] {
  const changed = (NOW - 30_000) * 1_000 + 123;
  return Array.from({ length: count }, (_, index) => ({ id: firstId + index, changed }));
}

/** Gives rows other ids. */
export function shifted(by: number): (row: WorldRow) => WorldRow {
  return (row) => ({ ...row, id: row.id + by });
}

/** The cursor that a scan leaves behind. */
export function cursorOf(pages: readonly Page[]): string | undefined {
  const last = positionsOf(pages).at(-1);
  return last?.at === 'end' ? last.cursor : undefined;
}

/** The ids of all rows that were read. */
export function ids(pages: readonly Page[]): Set<unknown> {
  return new Set(idsOf(pages));
}

/** The ids from 1 on. */
export function upTo(count: number): Set<number> {
  return new Set(Array.from({ length: count }, (_, index) => index + 1));
}

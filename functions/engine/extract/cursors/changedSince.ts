import type { ScanToken } from '../../model/position.ts';
import { instantsOf, writeInstant } from '../instants.ts';
import type { TargetScan } from '../scan.ts';
import type { CursorPages } from './cursorPage.ts';

/** Reads a list that GitLab filters by `since` in the parameter `after`; whole without it. */
export async function* readChangedSince(
  scan: TargetScan,
  { after, since }: { readonly after: string; readonly since: number | undefined },
  from: ScanToken | undefined,
): CursorPages {
  const query = new URLSearchParams(scan.query);
  if (since !== undefined) query.set(after, writeInstant(since));
  for await (const read of scan.list(query, from)) {
    // What is filtered is a part of the list.
    const total = since === undefined ? read.total : undefined;
    yield { read: { ...read, total }, token: tokenOf(read.next) };
  }
}

/** Reads a list whose rows descend by the instant in `field` until a page ends before `since`. */
export async function* readNewestChangedFirst(
  scan: TargetScan,
  { field, since }: { readonly field: string; readonly since: number | undefined },
  from: ScanToken | undefined,
): CursorPages {
  for await (const read of scan.list(scan.query, from)) {
    const instants = instantsOf(read.records, field);
    const isOld = since !== undefined && descends(instants) && (instants.at(-1) ?? since) < since;
    yield { read, token: isOld ? undefined : tokenOf(read.next) };
    if (isOld) return;
  }
}

/** A list that GitLab did not order as it was asked is read whole. */
function descends(instants: readonly number[]): boolean {
  return instants.every((instant, index) => index === 0 || instant <= (instants[index - 1] ?? 0));
}

/** Always the whole query: a token that is only a page would need the same filter again. */
function tokenOf(next: string | undefined): { readonly query: string } | undefined {
  return next === undefined ? undefined : { query: next };
}

import { isJsonObject } from '../model/json.ts';
import type { Page } from '../model/page.ts';
import type { Position, ScanToken } from '../model/position.ts';
import type { CursorSpec } from '../model/resource.ts';
import { wrongAnswer } from './failures.ts';
import type { ListPage } from './pagination/list.ts';
import { concatAhead } from './prefetch.ts';
import { restRecords } from './records.ts';
import { type TargetScan, tokenAfter } from './scan.ts';
import { judge } from './status.ts';

/** The cursor of such a list. */
export type NewestFirst = Extract<CursorSpec, { readonly kind: 'newest-first' }>;

/** What the phases of one scan share within an invocation. */
interface Walk {
  readonly scan: TargetScan;
  readonly cursor: NewestFirst;
  /** The highest id seen; the cursor when the scan ends. */
  mark: string | undefined;
  /** Stored unfinished ids that no page of this invocation has shown yet. */
  readonly missing: Set<string>;
}

/**
 * Rows at and below the cursor that are read again: an id is given when a transaction begins and seen when
 * it ends, so rows of a slow one appear below ids that were already read.
 */
const OVERLAP_ROWS = 50;

/** Single rows asked for while another one is worked on. */
const SINGLES_AHEAD = 3;

/**
 * Reads a list whose ids descend: what is new since the cursor, then as a list the rows that were
 * unfinished, then one by one the stored unfinished rows that neither showed. Goes on at any page.
 */
export async function* readNewestFirst(
  scan: TargetScan,
  cursor: NewestFirst,
): AsyncGenerator<Page, void, undefined> {
  const { task, ports } = scan;
  const missing = new Set(await ports.destination.unfinished(task));
  const walk: Walk = { scan, cursor, missing, mark: task.token?.mark };
  const phase = task.token?.phase;
  if (phase === undefined) {
    yield* readNew(walk, task.token);
    if (missing.size === 0) return;
  }
  if (phase !== 'changed') {
    yield* readUnfinished(walk, phase === undefined ? undefined : task.token);
  }
  yield* readChanged(walk, phase === 'changed' ? task.token?.after?.[cursor.field] : undefined);
}

async function* readNew(
  walk: Walk,
  from: ScanToken | undefined,
): AsyncGenerator<Page, void, undefined> {
  const { scan } = walk;
  const known = scan.task.cursor;
  let overlap = 0;
  for await (const read of scan.list(scan.query, from)) {
    const ids = idsOf(read, walk.cursor);
    forget(walk, ids);
    walk.mark ??= higher(ids.toSorted(compareIds).at(-1), known);
    overlap += known === undefined ? 0 : ids.filter((id) => compareIds(id, known) <= 0).length;
    const isLast = read.next === undefined || overlap >= OVERLAP_ROWS;
    const token = isLast ? { phase: 'unfinished' as const } : tokenAfter(read);
    yield scan.page(read, isLast && walk.missing.size === 0 ? ended(walk) : at(walk, token));
    if (isLast) return;
  }
}

async function* readUnfinished(
  walk: Walk,
  from: ScanToken | undefined,
): AsyncGenerator<Page, void, undefined> {
  const { scan, cursor } = walk;
  const query = new URLSearchParams(scan.query);
  for (const value of Object.values(cursor.rereadWhile).flat()) {
    query.append(`${cursor.filter}[]`, value);
  }
  for await (const read of scan.list(query, from)) {
    forget(walk, idsOf(read, cursor));
    const isLast = read.next === undefined;
    const token = isLast
      ? { phase: 'changed' as const }
      : { phase: 'unfinished' as const, ...tokenAfter(read) };
    yield scan.page(read, isLast && walk.missing.size === 0 ? ended(walk) : at(walk, token));
  }
}

async function* readChanged(
  walk: Walk,
  done: string | number | undefined,
): AsyncGenerator<Page, void, undefined> {
  const { scan, cursor } = walk;
  const ids = [...walk.missing]
    .sort(compareIds)
    .filter((id) => done === undefined || compareIds(id, String(done)) > 0);
  const singles = concatAhead(inOrder(ids), (id) => readSingle(scan, id), SINGLES_AHEAD);
  for await (const { input: id, isLastInput, output } of singles) {
    const token = { phase: 'changed', after: { [cursor.field]: id } } as const;
    yield scan.page(output, isLastInput ? ended(walk) : at(walk, token));
  }
}

function* inOrder(ids: readonly string[]): Generator<string> {
  yield* ids;
}

/** Yields the row; nothing when it was deleted. */
async function* readSingle(
  scan: TargetScan,
  id: string,
): AsyncGenerator<Omit<ListPage, 'next'>, void, undefined> {
  const response = await scan.get(`${scan.path}/${encodeURIComponent(id)}`);
  if (judge(response, { 404: 'deleted' }) === 'absent') return;
  const { request, text, json } = response;
  if (!isJsonObject(json)) throw wrongAnswer(request, 'something that is not an object');
  yield { request, text, records: restRecords(undefined)(json) };
}

/** Ids of the records that have one; the cursor must come from nothing else. */
function idsOf({ records }: ListPage, { field }: NewestFirst): readonly string[] {
  return records.flatMap((record) => {
    const id = record[field];
    return typeof id === 'number' && Number.isSafeInteger(id) && id >= 0 ? [id.toString()] : [];
  });
}

function forget({ missing }: Walk, ids: readonly string[]): void {
  for (const id of ids) missing.delete(id);
}

function higher(left: string | undefined, right: string | undefined): string | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return compareIds(left, right) > 0 ? left : right;
}

/** Compares positive integers of any size written without leading zeros. */
function compareIds(left: string, right: string): number {
  if (left.length !== right.length) return left.length - right.length;
  return left < right ? -1 : Number(left > right);
}

function at({ mark }: Walk, token: ScanToken): Position {
  return { at: 'page', token: mark === undefined ? token : { ...token, mark } };
}

function ended({ mark }: Walk): Position {
  return { at: 'end', cursor: mark };
}

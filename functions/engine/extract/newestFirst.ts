import { isJsonObject } from '../model/json.ts';
import type { Page } from '../model/page.ts';
import type { Position, ScanToken } from '../model/position.ts';
import type { CursorSpec } from '../model/resource.ts';
import { wrongAnswer } from './failures.ts';
import { compareIds, descending, higherId, lowerId } from './ids.ts';
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
  /** Stored unfinished rows with this id or a higher one are settled; absent while none are. */
  settled: string | undefined;
  /** Ids of the stored unfinished rows that are not, highest first. */
  missing: readonly string[];
}

/**
 * Rows at and below the cursor that are read again: an id is given when a transaction begins and seen when
 * it ends, so rows of a slow one appear below ids that were already read.
 */
const OVERLAP_ROWS = 50;

/** Single rows asked for while another one is worked on. */
const SINGLES_AHEAD = 3;

/**
 * Reads a list whose ids descend: what is new since the cursor, then the list of the rows that are unfinished and, one by one
 * behind each of its pages, the stored unfinished rows that the page has passed without showing them. Goes on at any page
 * and at any of those rows, and asks for none again that an earlier invocation of the same scan was shown.
 */
export async function* readNewestFirst(
  scan: TargetScan,
  cursor: NewestFirst,
): AsyncGenerator<Page, void, undefined> {
  const { token } = scan.task;
  const stored = descending(await scan.ports.destination.unfinished(scan.task));
  const settled = token?.settled;
  const missing = stored.filter((id) => settled === undefined || compareIds(id, settled) < 0);
  const walk: Walk = { scan, cursor, mark: token?.mark, settled, missing };
  if (token?.phase === undefined) {
    yield* readNew(walk, token);
    if (walk.missing.length > 0) yield* readUnfinished(walk, {});
  } else if (walk.missing.length > 0 || token.query !== undefined || token.page !== undefined) {
    // A list that was begun is read to its end: it may show rows that were finished when they were stored.
    yield* readUnfinished(walk, token);
  }
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
    const shown = new Set(ids);
    walk.missing = walk.missing.filter((id) => !shown.has(id));
    walk.mark ??= higherId(ids[0], known);
    walk.settled = lowerId(ids.at(-1), walk.settled);
    overlap += known === undefined ? 0 : ids.filter((id) => compareIds(id, known) <= 0).length;
    const isLast = read.next === undefined || overlap >= OVERLAP_ROWS;
    const token = isLast ? { phase: 'unfinished' as const } : tokenAfter(read);
    yield scan.page(read, isLast && walk.missing.length === 0 ? ended(walk) : at(walk, token));
    if (isLast) return;
  }
}

async function* readUnfinished(walk: Walk, from: ScanToken): AsyncGenerator<Page, void, undefined> {
  const { scan, cursor } = walk;
  const query = new URLSearchParams(scan.query);
  for (const value of Object.values(cursor.rereadWhile).flat()) {
    query.append(`${cursor.filter}[]`, value);
  }
  let place = placeOf(from);
  let isAgain = from.phase === 'changed';
  for await (const read of scan.list(query, from)) {
    const ids = idsOf(read, cursor);
    const isLast = read.next === undefined;
    const changed = pass(walk, ids, isLast ? 'to the end' : 'to its last row');
    const settled = lowerId(ids.at(-1), walk.settled);
    const next = at({ ...walk, settled }, { phase: 'unfinished', ...tokenAfter(read) });
    const behind = isLast ? ended(walk) : next;
    const here = { phase: 'changed' as const, ...place };
    const first = changed.length === 0 ? behind : at(walk, here);
    if (!isAgain) yield scan.page(read, first);
    yield* readChanged(walk, changed, { here, behind: isAgain ? undefined : behind });
    // It may show other rows than the first time; behind them, so that a scan that is cut off here again comes further.
    if (isAgain) yield scan.page(read, behind);
    walk.settled = settled;
    place = tokenAfter(read);
    isAgain = false;
  }
}

/** Takes the missing rows that a page has passed from the walk; gives those that it did not show. */
function pass(
  walk: Walk,
  ids: readonly string[],
  how: 'to its last row' | 'to the end',
): readonly string[] {
  const lowest = ids.at(-1);
  const isPassed = (id: string): boolean =>
    how === 'to the end' || (lowest !== undefined && compareIds(id, lowest) >= 0);
  const shown = new Set(ids);
  const changed = walk.missing.filter((id) => isPassed(id) && !shown.has(id));
  walk.missing = walk.missing.filter((id) => !isPassed(id));
  return changed;
}

/** Where rows that are asked for one by one stand, and where the scan stands behind the last of them if that is elsewhere. */
interface Place {
  readonly here: ScanToken;
  readonly behind: Position | undefined;
}

async function* readChanged(
  walk: Walk,
  ids: readonly string[],
  { here, behind }: Place,
): AsyncGenerator<Page, void, undefined> {
  const { scan } = walk;
  const singles = concatAhead(each(ids), (id) => readSingle(scan, id), SINGLES_AHEAD);
  for await (const { input: id, isLastInput, output } of singles) {
    const between = at({ ...walk, settled: lowerId(id, walk.settled) }, here);
    yield scan.page(output, isLastInput ? (behind ?? between) : between);
  }
}

function* each(ids: readonly string[]): Generator<string> {
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

/** Ids of the records that have one, highest first; the cursor must come from nothing else. */
function idsOf({ records }: ListPage, { field }: NewestFirst): readonly string[] {
  const ids = records.flatMap((record) => {
    const id = record[field];
    return typeof id === 'number' && Number.isSafeInteger(id) && id >= 0 ? [id.toString()] : [];
  });
  return descending(ids);
}

/** The part of a token that names a page. */
function placeOf(token: ScanToken | undefined): Pick<ScanToken, 'page' | 'query'> {
  return {
    ...(token?.page === undefined ? {} : { page: token.page }),
    ...(token?.query === undefined ? {} : { query: token.query }),
  };
}

function at({ mark, settled }: Pick<Walk, 'mark' | 'settled'>, place: ScanToken): Position {
  const marks = {
    ...(mark === undefined ? {} : { mark }),
    ...(settled === undefined ? {} : { settled }),
  };
  return { at: 'page', token: { ...place, ...marks } };
}

function ended({ mark }: Walk): Position {
  return { at: 'end', cursor: mark };
}

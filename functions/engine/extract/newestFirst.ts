import { isJsonObject } from '../model/json.ts';
import type { Page } from '../model/page.ts';
import type { Position, ScanToken } from '../model/position.ts';
import type { CursorSpec } from '../model/resource.ts';
import { wrongAnswer } from './failures.ts';
import { compareIds, descending, higherId, lowerId } from './ids.ts';
import type { ListPage } from './pagination/list.ts';
import { concatAhead } from './prefetch.ts';
import { restRecords } from './records.ts';
import { emptyPage, type TargetScan, tokenAfter } from './scan.ts';
import { judge } from './status.ts';

/** The cursor of such a list. */
export type NewestFirst = Extract<CursorSpec, { readonly kind: 'newest-first' }>;

/** What the phases of one scan share within an invocation. */
interface Walk {
  readonly scan: TargetScan;
  readonly cursor: NewestFirst;
  /** The highest id seen; the cursor when the scan ends. */
  mark: string | undefined;
  /** The scan is through with stored unfinished rows that have this id or a higher one; absent while it is with none. */
  settled: string | undefined;
  /** Ids of the others, highest first. */
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
 * Reads a list whose ids descend: what is new since the cursor, then the list of the rows that are unfinished and, one by
 * one, the stored unfinished rows that neither shows. Goes on at any page and at any of those rows; asks for none of them
 * again with which an earlier invocation of the same scan was through.
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
  const isBegun = token?.phase !== undefined;
  if (!isBegun) yield* readNew(walk, token);
  // A list that was begun is read to its end: it may show rows that were finished when they were stored.
  if (isBegun || walk.missing.length > 0)
    yield* readUnfinished(walk, token?.phase === 'unfinished' ? token : {});
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
    const [highest] = walk.missing;
    const above = ids.filter((id) => highest === undefined || compareIds(id, highest) > 0);
    walk.settled = lowerId(above.at(-1), walk.settled);
    walk.mark ??= higherId(ids[0], known);
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
  for await (const read of scan.list(query, from)) {
    const ids = idsOf(read, cursor);
    const isLast = read.next === undefined;
    const passed = pass(walk, ids, isLast ? 'the last page' : 'a page');
    const settled = lowerId(ids.at(-1), walk.settled);
    const next = at({ ...walk, settled }, { phase: 'unfinished', ...tokenAfter(read) });
    yield* readPassed(walk, { read, ...passed, place, behind: isLast ? ended(walk) : next });
    walk.settled = settled;
    place = tokenAfter(read);
  }
}

/** The missing rows that a page has passed, highest first: those on it, and those that it no longer has. */
interface Passed {
  readonly shown: readonly string[];
  readonly changed: readonly string[];
}

/** Takes the rows from the walk that a page has passed; the last page passes all. */
function pass(walk: Walk, ids: readonly string[], how: 'a page' | 'the last page'): Passed {
  const lowest = ids.at(-1);
  const isPassed = (id: string): boolean =>
    how === 'the last page' || (lowest !== undefined && compareIds(id, lowest) >= 0);
  const onPage = new Set(ids);
  const passed = walk.missing.filter(isPassed);
  walk.missing = walk.missing.filter((id) => !isPassed(id));
  return {
    shown: passed.filter((id) => onPage.has(id)),
    changed: passed.filter((id) => !onPage.has(id)),
  };
}

/** A page of the unfinished rows; `place` is where it is asked for again. */
interface PassedPage extends Passed {
  readonly read: ListPage;
  readonly place: ScanToken;
  readonly behind: Position;
}

/**
 * Yields the page and, one by one, the rows that it passed without showing them. `settled` descends with whatever is yielded
 * before the place moves on, so that a scan which is cut off each time comes to its end, and passes no row that was not
 * yielded: when the page is read again, it may no longer show that one.
 */
async function* readPassed(
  walk: Walk,
  { read, shown, changed, place, behind }: PassedPage,
): AsyncGenerator<Page, void, undefined> {
  const { scan } = walk;
  const here = (id: string | undefined): Position => {
    walk.settled = lowerId(id, walk.settled);
    return at(walk, { phase: 'unfinished', ...place });
  };
  let isYielded = false;
  const singles = concatAhead(each(changed), (id) => readSingle(scan, id), SINGLES_AHEAD);
  for await (const { input: id, isLastInput, output } of singles) {
    const higher = shown.filter((other) => compareIds(other, id) > 0);
    if (!isYielded && higher.length > 0) {
      isYielded = true;
      yield scan.page(read, here(higher.at(-1)));
    }
    const position = isYielded && isLastInput ? behind : here(id);
    yield output === undefined ? emptyPage(scan.task, position) : scan.page(output, position);
  }
  if (!isYielded) yield scan.page(read, behind);
}

function* each(ids: readonly string[]): Generator<string> {
  yield* ids;
}

/** Yields the row, or undefined when it was deleted. */
async function* readSingle(
  scan: TargetScan,
  id: string,
): AsyncGenerator<Omit<ListPage, 'next'> | undefined, void, undefined> {
  const response = await scan.get(`${scan.path}/${encodeURIComponent(id)}`);
  if (judge(response, { 404: 'deleted' }) === 'absent') {
    yield undefined;
    return;
  }
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

import type { ScanToken } from '../../model/position.ts';
import type { WindowedCursor } from '../../model/resource.ts';
import { readInstant, writeInstant } from '../instants.ts';
import type { TargetScan } from '../scan.ts';
import type { CursorPage, CursorPages } from './cursorPage.ts';

const DAY = 86_400_000;

/** Windows of instants overlap by so much: GitLab may leave out the bounds themselves. */
const SEAM = 1_000;

/** No window is longer, so that a list which is asked for the first time stays one that GitLab can answer. */
const MOST_DAYS = 3_650;

/** GitLab is not older. */
const FIRST_DAY = Date.UTC(2011, 0, 1);

/** What a windowed list is read with. */
export interface WindowedList {
  readonly cursor: WindowedCursor;
  /** Where the windows begin; absent for the first scan. */
  readonly since: number | undefined;
  /** When the partition's project or group was created, where that is known. */
  readonly createdAt: () => Promise<number | undefined>;
  /** Stands in where answers have no date. */
  readonly asOf: Date;
}

/** Part of time; an absent bound is open. */
export interface Window {
  readonly after: number | undefined;
  readonly before: number | undefined;
}

/**
 * Reads the rows of one window after the other until now, the oldest first. Windows without rows grow, so that a new
 * project costs few requests; the first one is open below where GitLab allows that.
 */
export async function* readWindowed(
  scan: TargetScan,
  list: WindowedList,
  from: ScanToken | undefined,
): CursorPages {
  let window = from?.window && windowOf(from.window, list.cursor);
  window ??= await firstWindow(list);
  let position = from;
  while (window !== undefined) {
    let next: Window | undefined;
    for await (const { page, following } of readWindow(scan, { ...list, window }, position)) {
      yield page;
      next = following;
    }
    window = next;
    position = undefined;
  }
}

/** The pages of one window; `following` is the window behind it, which the last page leads to. */
async function* readWindow(
  scan: TargetScan,
  { cursor, window, asOf }: WindowedList & { readonly window: Window },
  from: ScanToken | undefined,
): AsyncGenerator<{ readonly page: CursorPage; readonly following: Window | undefined }> {
  let now: Date | undefined;
  let isEmpty = from?.query === undefined;
  for await (const read of scan.list(queryOf(scan.query, cursor, window), from)) {
    now ??= read.date ?? asOf;
    if (read.records.length > 0) isEmpty = false;
    const following = windowAfter(cursor, window, { now, isEmpty });
    const token =
      read.next === undefined
        ? following && { window: boundsOf(cursor, following) }
        : { query: read.next, window: boundsOf(cursor, window) };
    yield { page: { read, token }, following };
  }
}

async function firstWindow({ cursor, since, createdAt }: WindowedList): Promise<Window> {
  const isOpen = cursor.before === undefined;
  if (since !== undefined) {
    const after = cursor.bounds === 'exclusive-dates' ? floorDay(since) : since;
    return { after, before: isOpen ? undefined : after + cursor.days * DAY };
  }
  if (isOpen) return { after: undefined, before: undefined };
  const begun = floorDay((await createdAt()) ?? FIRST_DAY);
  return cursor.longestDays === undefined
    ? { after: undefined, before: begun }
    : { after: begun, before: begun + cursor.days * DAY };
}

/** The window behind one that was read; undefined when that reached into the future. */
export function windowAfter(
  { days, longestDays = MOST_DAYS, bounds }: WindowedCursor,
  { after, before }: Window,
  { now, isEmpty }: { readonly now: Date; readonly isEmpty: boolean },
): Window | undefined {
  // A date may have begun where GitLab is.
  const ahead = bounds === 'exclusive-dates' ? DAY : 0;
  if (before === undefined || before > now.getTime() + ahead) return undefined;
  const last = after === undefined ? undefined : before - after;
  const grown = isEmpty && last !== undefined ? 2 * last : days * DAY;
  const begin = bounds === 'exclusive-dates' ? before : before - SEAM;
  return { after: begin, before: begin + Math.min(grown, longestDays * DAY) };
}

function queryOf(query: URLSearchParams, cursor: WindowedCursor, window: Window): URLSearchParams {
  const parameters = new URLSearchParams(query);
  const [after, before] = boundsOf(cursor, window);
  if (after !== '') parameters.set(cursor.after, after);
  if (before !== '' && cursor.before !== undefined) parameters.set(cursor.before, before);
  return parameters;
}

/** The bounds as GitLab takes them: dates that are left out themselves stand one day before the first one. */
function boundsOf(
  { bounds }: WindowedCursor,
  { after, before }: Window,
): readonly [after: string, before: string] {
  const written = (instant: number | undefined): string => {
    if (instant === undefined) return '';
    return bounds === 'instants' ? writeInstant(instant) : writeInstant(instant).slice(0, 10);
  };
  const isDate = bounds === 'exclusive-dates';
  return [written(after === undefined || !isDate ? after : after - DAY), written(before)];
}

function windowOf(
  [after, before]: readonly [after: string, before: string],
  { bounds }: WindowedCursor,
): Window {
  const begin = readInstant(after);
  const isDate = bounds === 'exclusive-dates';
  return {
    after: begin === undefined || !isDate ? begin : begin + DAY,
    before: readInstant(before),
  };
}

function floorDay(instant: number): number {
  return Math.floor(instant / DAY) * DAY;
}

import type { PartitionTask, ScanToken } from '../../model/position.ts';
import { noProgress, wrongAnswer } from '../failures.ts';
import { instantsOf, later, readInstant, writeInstant } from '../instants.ts';
import { nextOffsetQuery, pageOf, pageSizeOf } from '../pagination/offset.ts';
import { overlappingPage, rowsBefore } from '../pagination/overlappingPage.ts';
import { PAGE_SIZE } from '../pagination/pageSize.ts';
import { rowKey } from '../pagination/progress.ts';
import { queryOf } from '../response.ts';
import type { SinglePage, TargetScan } from '../scan.ts';
import type { CursorPages } from './cursorPage.ts';

/** How a list is walked. */
export interface WalkingList {
  readonly field: string;
  readonly after: string;
  /** Where the walk begins; with the oldest row when absent. */
  readonly since: number | undefined;
}

/** A place on the way: rows from `lo` on, without the first `offset` of them. */
interface Place {
  readonly lo: number | undefined;
  readonly offset: number;
  /** The key of the row before the offset. */
  readonly last?: string | undefined;
}

/**
 * The bound lies so much before the last row: GitLab shows milliseconds of instants that have microseconds, and some lists
 * leave the bound itself out.
 */
const MARGIN_MILLISECONDS = 1;

/** How much earlier than the bound a row may be: where GitLab compares whole seconds. */
const TOLERANCE_MILLISECONDS = 1_000;

/** How often rows that share an instant are begun again because some of them moved. */
const MOST_RESTARTS = 100;

const MOST_PAGES = 1_000_000;

/**
 * Walks along rows that ascend by the instant of their last change. The next request asks for the first page behind the last
 * row, so that a row which changes or goes away meanwhile moves no other past it. Only where all rows of a page share an
 * instant it asks for the page after that; the row before it is shown once more, and when it is not in its place, rows
 * have moved and those of that instant are read again.
 */
export async function* readWalking(
  scan: TargetScan,
  list: WalkingList,
  from: ScanToken | undefined,
): CursorPages {
  const { task, query } = scan;
  const guard = watchWalk();
  let place = from?.query === undefined ? { lo: list.since, offset: 0 } : placeOf(list, from);
  for (let state: 'new' | 'begun' = 'new'; ; state = 'begun') {
    const read = await scan.single(queryAt(query, list, place), state);
    if (read === undefined) return;
    requireOrder(read, list, place.lo);
    tellUndated(scan, list, read);
    const moved = hasMoved(task, read, place);
    const next = moved ? { lo: place.lo, offset: 0 } : placeAfter(task, list, { read, place });
    guard(read.request, { moved, sameInstant: next?.lo === place.lo });
    // What has a lower bound is a part of the list.
    const total = place.lo === undefined ? read.total : undefined;
    yield { read: { ...read, next: undefined, total }, token: next && tokenOf(query, list, next) };
    if (next === undefined) return;
    place = next;
  }
}

interface Step {
  readonly moved: boolean;
  readonly sameInstant: boolean;
}

/** Throws E_NO_PROGRESS when rows that share an instant are begun again and again, or when the walk has no end. */
function watchWalk(): (request: string, step: Step) => void {
  let [pages, restarts] = [0, 0];
  return (request, { moved, sameInstant }) => {
    pages += 1;
    restarts = sameInstant ? restarts + Number(moved) : 0;
    if (restarts > MOST_RESTARTS) throw noProgress(request, 'never stands still');
    if (pages > MOST_PAGES) throw noProgress(request, 'does not end');
  };
}

function placeAfter(
  { resource }: PartitionTask,
  { field }: WalkingList,
  { read, place }: { readonly read: SinglePage; readonly place: Place },
): Place | undefined {
  const { response, members } = read;
  if (nextOffsetQuery(response, members.length) === undefined) return undefined;
  const reached = instantsOf(members, field).reduce<number | undefined>(later, undefined);
  const lo = reached === undefined ? undefined : reached - MARGIN_MILLISECONDS;
  if (lo !== undefined && (place.lo === undefined || lo > place.lo)) return { lo, offset: 0 };
  const size = pageSizeOf(queryOf(read.request)) ?? PAGE_SIZE;
  const offset = rowsBefore(queryOf(read.request)) + size;
  // GitLab leaves out of a page what the token may not see: then no row has a known place.
  const last = members.length === size ? members.at(-1) : undefined;
  return { lo: place.lo, offset, last: last && rowKey(last, resource.primaryKey) };
}

/** True when the row before the page is not where it was. */
function hasMoved(
  { resource }: PartitionTask,
  { request, members }: SinglePage,
  place: Place,
): boolean {
  if (place.last === undefined) return false;
  const row = members[place.offset - 1 - rowsBefore(queryOf(request))];
  return row === undefined || rowKey(row, resource.primaryKey) !== place.last;
}

/** Throws where GitLab neither filtered nor ordered as it was asked: a walk would lose rows. */
function requireOrder(
  { request, members }: SinglePage,
  { field, after }: WalkingList,
  lo: number | undefined,
): void {
  const instants = instantsOf(members, field);
  const [first] = instants;
  if (instants.some((instant, index) => index > 0 && instant < (instants[index - 1] ?? 0)))
    throw wrongAnswer(request, `rows that do not ascend by '${field}'`);
  if (first !== undefined && lo !== undefined && first < lo - TOLERANCE_MILLISECONDS)
    throw wrongAnswer(
      request,
      `rows from before '${writeInstant(lo)}', which '${after}' asked for`,
    );
}

function queryAt(query: URLSearchParams, { after }: WalkingList, { lo, offset }: Place): string {
  const parameters = new URLSearchParams(query);
  if (lo !== undefined) parameters.set(after, writeInstant(lo));
  const { page, size } = overlappingPage(offset);
  parameters.set('page', String(page));
  parameters.set('per_page', String(size));
  return parameters.toString();
}

/** The query of the token counts rows one by one: its `page` is the first row that is still to be read. */
function tokenOf(
  query: URLSearchParams,
  { after }: WalkingList,
  { lo, offset, last }: Place,
): Pick<ScanToken, 'query' | 'last'> {
  const parameters = new URLSearchParams(query);
  if (lo !== undefined) parameters.set(after, writeInstant(lo));
  parameters.set('page', String(offset + 1));
  parameters.set('per_page', '1');
  return { query: parameters.toString(), ...(last === undefined ? {} : { last }) };
}

function placeOf({ after }: WalkingList, { query = '', last }: ScanToken): Place {
  const lo = readInstant(new URLSearchParams(query).get(after));
  return { lo, offset: pageOf(query) - 1, last };
}

/** Rows without an instant are loaded, but later changes of them are not found: this is told once. */
function tellUndated(
  { task: { resource }, ports: { report, noticed } }: TargetScan,
  { field }: WalkingList,
  { members }: SinglePage,
): void {
  const undated = members.filter((row) => readInstant(row[field]) === undefined).length;
  const key = `${resource.id} undated`;
  if (undated === 0 || noticed?.has(key) === true) return;
  noticed?.add(key);
  report({
    event: 'problem',
    code: 'NOTICE',
    resource: resource.id,
    message: `${String(undated)} of ${String(members.length)} rows of a page have no instant in '${field}': they were read, but later changes of such rows are not found.`,
  });
}

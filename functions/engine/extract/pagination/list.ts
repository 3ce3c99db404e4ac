import type { LoaderError } from '../../model/errors.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import type { SelectRecords } from '../../model/page.ts';
import type { ResourceSpec } from '../../model/resource.ts';
import { wrongAnswer } from '../failures.ts';
import { assertShape } from '../records.ts';
import { type GitlabResponse, queryOf } from '../response.ts';
import { forbidden, judge } from '../status.ts';
import { totalOf } from '../total.ts';
import { nextKeysetQuery } from './keyset.ts';
import { keysetAfter, lastId } from './keysetAfter.ts';
import { knownOffsetQueries, nextOffsetQuery } from './offset.ts';
import { PAGE_SIZE } from './pageSize.ts';
import { watchProgress } from './progress.ts';
import { nextUnpagedQuery } from './unpaged.ts';

/** A list to read page by page. */
export interface ListRequest {
  readonly resource: ResourceSpec;
  /** Below the API, parameters filled in. */
  readonly path: string;
  /** What the resource itself says in its query. */
  readonly query: URLSearchParams;
  /** Where to go on: the query string of a page; absent to begin. */
  readonly from?: string | undefined;
  readonly select: SelectRecords;
  readonly get: (pathAndQuery: string) => Promise<GitlabResponse>;
  /** Told the status when the list does not exist here. */
  readonly onAbsent: (status: number) => void;
  readonly maxPages?: number | undefined;
}

/** One page of a list. `next` is the query string of the following one. */
export interface ListPage {
  readonly request: string;
  readonly text: string;
  readonly records: readonly JsonObject[];
  readonly next: string | undefined;
  /** When GitLab answered, by its own clock. */
  readonly date?: Date | undefined;
  /** How many rows the list has, where GitLab says so. */
  readonly total?: number | undefined;
}

/** Pages asked for ahead where GitLab says how many there are. */
const AHEAD = 2;

/** What GitLab says to a page that was known to an earlier invocation and is no more. */
const STALE_TOKEN: ReadonlySet<number> = new Set([400, 404, 422]);

/** Yields the pages of a list in order; changes the way of paging once when GitLab asks for the other one. */
export async function* readList(list: ListRequest): AsyncGenerator<ListPage, void, undefined> {
  const walk = startWalk(list);
  for (;;) {
    const response = await walk.fetch();
    if (walk.isResuming && STALE_TOKEN.has(response.status)) {
      walk.startOver('restart', response);
      continue;
    }
    const verdict = judge(response, list.resource.absent);
    if (verdict === 'absent') {
      if (walk.isBegun) throw forbidden(response.status, response.request);
      list.onAbsent(response.status);
      return;
    }
    if (verdict !== 'records') {
      walk.startOver(verdict, response);
      continue;
    }
    const page = walk.accept(response);
    yield page;
    if (page.next === undefined) return;
  }
}

interface Walk {
  /** True once a page was read: a list that vanishes then was not read to its end. */
  readonly isBegun: boolean;
  /** True while the page that a token named has not been answered. */
  readonly isResuming: boolean;
  fetch(): Promise<GitlabResponse>;
  accept(response: GitlabResponse): ListPage;
  startOver(why: 'other-pagination' | 'restart', response: GitlabResponse): void;
}

function startWalk(list: ListRequest): Walk {
  const { resource, path } = list;
  const asked = new Map<string, Promise<GitlabResponse>>();
  const starts = firstQueries(list);
  let way = wayOf(list.from, starts);
  let query = list.from ?? starts[way] ?? '';
  let restarts = 0;
  let watch = watchProgress(resource.primaryKey, list.maxPages);
  let isBegun = false;
  let reached: number | undefined;

  return {
    get isBegun() {
      return isBegun;
    },
    get isResuming() {
      return list.from !== undefined && !isBegun && restarts === 0;
    },
    fetch() {
      const answer = asked.get(query) ?? list.get(urlOf(path, query));
      asked.delete(query);
      return answer;
    },
    accept(response) {
      assertShape(response, resource.pagination);
      const records = list.select(response.json);
      const next = nextQuery(resource, response);
      const { request, text, date } = response;
      watch({ request, text, first: firstMember(response), next, rows: membersIn(response) });
      if (!isKeyset(query)) askAhead(list, asked, response);
      isBegun = true;
      reached = lastId(response, list.query) ?? reached;
      query = next ?? query;
      return { request, text, records, next, date, total: totalOf(response) };
    },
    startOver(why, response) {
      if (why === 'restart') restarts += 1;
      else way += 1;
      const start = starts[way];
      if (start === undefined || restarts > 1) throw refusedAgain(response);
      query = why === 'restart' ? start : keysetAfter(start, reached);
      watch = watchProgress(resource.primaryKey, list.maxPages);
      asked.clear();
    },
  };
}

function refusedAgain({ request, status }: GitlabResponse): LoaderError {
  return wrongAnswer(request, `status ${String(status)} again`, { status });
}

function askAhead(
  { path, get }: ListRequest,
  asked: Map<string, Promise<GitlabResponse>>,
  response: GitlabResponse,
): void {
  for (const query of knownOffsetQueries(response, AHEAD)) {
    if (asked.has(query)) continue;
    const answer = get(urlOf(path, query));
    answer.catch(() => undefined);
    asked.set(query, answer);
  }
}

function nextQuery({ pagination }: ResourceSpec, response: GitlabResponse): string | undefined {
  const sent = membersIn(response);
  if (isKeyset(queryOf(response.request))) return nextKeysetQuery(response);
  return pagination === 'unpaged'
    ? nextUnpagedQuery(response, sent)
    : nextOffsetQuery(response, sent);
}

function isKeyset(query: string): boolean {
  return new URLSearchParams(query).get('pagination') === 'keyset';
}

/** Where the list begins, in every way of paging that GitLab may want, the resource's own first. */
function firstQueries({ resource, query }: ListRequest): readonly string[] {
  const offset = { page: '1', per_page: String(PAGE_SIZE) };
  const keyset = { pagination: 'keyset', per_page: String(PAGE_SIZE) };
  if (resource.pagination === 'unpaged') return [query.toString()];
  if (resource.pagination === 'keyset')
    return [withParameters(query, keyset), withParameters(query, offset)];
  return [
    withParameters(query, offset),
    withParameters(query, { ...keyset, order_by: 'id', sort: 'asc' }),
    withParameters(query, { ...keyset, order_by: 'name', sort: 'asc' }),
  ];
}

function withParameters(query: URLSearchParams, more: Readonly<Record<string, string>>): string {
  const parameters = new URLSearchParams(query);
  for (const [name, value] of Object.entries(more)) parameters.set(name, value);
  return parameters.toString();
}

function wayOf(from: string | undefined, starts: readonly string[]): number {
  if (from === undefined) return 0;
  return Math.max(
    0,
    starts.findIndex((start) => isKeyset(start) === isKeyset(from)),
  );
}

function firstMember({ json }: GitlabResponse): JsonObject | undefined {
  const first: unknown = Array.isArray(json) ? json[0] : json;
  return isJsonObject(first) ? first : undefined;
}

function membersIn({ json }: GitlabResponse): number {
  return Array.isArray(json) ? json.length : 0;
}

function urlOf(path: string, query: string): string {
  return query === '' ? path : `${path}?${query}`;
}

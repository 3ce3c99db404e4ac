import type { JsonObject } from '../model/json.ts';
import type { Page, SelectRecords } from '../model/page.ts';
import type {
  PartitionTask,
  Position,
  ScanToken,
  StoredTarget,
  Target,
} from '../model/position.ts';
import type { ResourceSpec } from '../model/resource.ts';
import { wrongAnswer } from './failures.ts';
import { graphqlRecords, readGraphqlList } from './pagination/graphql.ts';
import { type ListPage, type ListRequest, readList } from './pagination/list.ts';
import { pageOf, pageSizeOf } from './pagination/offset.ts';
import { PAGE_SIZE, smallerPage } from './pagination/pageSize.ts';
import type { PagePorts } from './ports.ts';
import { assertShape, type RecordFilter, restRecords } from './records.ts';
import type { Sender } from './requestOptions.ts';
import { type GitlabResponse, pathOf } from './response.ts';
import { absenceOf, forbidden, judge } from './status.ts';
import { keptColumns, pathFor, queryFor } from './targets.ts';

/** Everything that reading one target of one partition takes. */
export interface TargetScan {
  readonly task: PartitionTask;
  readonly ports: PagePorts;
  readonly target: Target;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Reads a list below the target's path, from its beginning or from a page that a token names. */
  list(
    query: URLSearchParams,
    from: ScanToken | undefined,
  ): AsyncGenerator<ListPage, void, undefined>;
  /** Reads one page of an offset list; undefined when the list does not exist here. */
  single(query: string, state: 'new' | 'begun'): Promise<SinglePage | undefined>;
  get(pathAndQuery: string): Promise<GitlabResponse>;
  /** Makes the records of a body durable with `position`. */
  page(read: Omit<ListPage, 'next'>, position: Position): Page;
}

/** One page by itself, with the rows too that the scope leaves out of its records. */
export interface SinglePage extends Omit<ListPage, 'next'> {
  readonly response: GitlabResponse;
  readonly members: readonly JsonObject[];
}

/** Prepares the requests of one target; sends none. */
export function openTargetScan(
  task: PartitionTask,
  { target, appended }: StoredTarget,
  ports: PagePorts,
): TargetScan {
  const { resource } = task;
  const { client, isAdmin, signal } = ports;
  const path = pathFor(resource, target);
  const columns = keptColumns(resource, target);
  const filter = resource.discovers === undefined ? undefined : ports.scopeFilter;
  const select = selectorOf(resource, filter);
  const settled = 503 in resource.absent ? [503] : [];
  const sender = senderOf(resource);
  const get = (pathAndQuery: string): Promise<GitlabResponse> =>
    client.get(pathAndQuery, { signal, settled, smaller: smallerPage, sender });
  const onAbsent = (status: number): void => {
    ports.leftOut?.();
    notice(task, ports, { status, path, target });
  };

  return {
    task,
    ports,
    target,
    path,
    query: queryFor(resource, target, isAdmin),
    get,
    single: (query, state) =>
      readSingle(
        { resource, select: select.parsed, onAbsent, get: () => get(`${path}?${query}`) },
        state,
      ),
    list(query, token) {
      const from = queryAt(token, query);
      const common = { resource, from, select: select.parsed, onAbsent };
      if (resource.graphql === undefined) return readList({ ...common, path, query, get });
      const post = (document: string, variables: Readonly<Record<string, unknown>>) =>
        client.graphql(document, variables, { signal });
      return readGraphqlList({ ...common, graphql: resource.graphql, target, post });
    },
    page: ({ request, text, records }, position) => ({
      request: `${resource.graphql === undefined ? 'GET' : 'POST'} ${request}`,
      ...{ text, records, select: select.exact, columns },
      ...(appended && { appended }),
      position,
    }),
  };
}

type SingleRequest = Pick<ListRequest, 'resource' | 'select' | 'onAbsent'> & {
  readonly get: () => Promise<GitlabResponse>;
};

async function readSingle(
  { resource, select, onAbsent, get }: SingleRequest,
  state: 'new' | 'begun',
): Promise<SinglePage | undefined> {
  const response = await get();
  const verdict = judge(response, resource.absent);
  const { request, text, json, status, date } = response;
  if (verdict === 'records') {
    assertShape(response, resource.pagination);
    const members = restRecords(undefined)(json);
    return { request, text, date, response, members, records: select(json) };
  }
  if (verdict !== 'absent') throw wrongAnswer(request, `status ${String(status)}`, { status });
  if (state === 'begun') throw forbidden(status, request);
  onAbsent(status);
  return undefined;
}

/** One token reads what administrators see otherwise, and what decides which partitions there are. */
function senderOf({ access, discovers, adminQuery, memberQuery }: ResourceSpec): Sender {
  const differs = Object.keys({ ...adminQuery, ...memberQuery }).length > 0;
  return access === 'admin' || discovers !== undefined || differs ? 'leader' : 'any';
}

/** The part of a scan token that leads to the page after this one; empty after the last. */
export function tokenAfter({ next }: Pick<ListPage, 'next'>): Pick<ScanToken, 'page' | 'query'> {
  if (next === undefined) return {};
  const isPlain = pageSizeOf(next) === PAGE_SIZE && /(?:^|&)page=\d+(?:&|$)/.test(next);
  return isPlain && !next.includes('pagination=keyset') ? { page: pageOf(next) } : { query: next };
}

function queryAt(token: ScanToken | undefined, query: URLSearchParams): string | undefined {
  if (token?.page === undefined) return token?.query;
  const parameters = new URLSearchParams(query);
  parameters.set('page', String(token.page));
  parameters.set('per_page', String(PAGE_SIZE));
  return parameters.toString();
}

/** Both readings of a body: plain numbers now, exact integers when somebody asks again. */
function selectorOf(
  { graphql }: ResourceSpec,
  filter: RecordFilter | undefined,
): { readonly parsed: SelectRecords; readonly exact: SelectRecords } {
  if (graphql === undefined) {
    const select = restRecords(filter);
    return { parsed: select, exact: select };
  }
  return { parsed: graphqlRecords(graphql, toNumber), exact: graphqlRecords(graphql, BigInt) };
}

function toNumber(digits: string): number | bigint {
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : BigInt(digits);
}

/** Tells once that a resource does not exist here. */
function notice(
  { resource }: PartitionTask,
  { report, noticed }: PagePorts,
  {
    status,
    path,
    target,
  }: { readonly status: number; readonly path: string; readonly target: Target },
): void {
  const key = `${resource.id} ${String(status)} ${describe(target)}`;
  if (noticed?.has(key) === true) return;
  noticed?.add(key);
  report({
    event: 'problem',
    code: 'NOTICE',
    resource: resource.id,
    message: `Nothing was read from '${pathOf(path)}'${describe(target)}: ${absenceOf(status, resource.absent)}.`,
  });
}

function describe(target: Target): string {
  const values = Object.entries(target).map(([name, value]) => `${name} '${String(value)}'`);
  return values.length === 0 ? '' : ` for ${values.join(', ')}`;
}

/** A page without records, to make a position durable when GitLab had nothing to say. */
export function emptyPage(task: PartitionTask, position: Position): Page {
  const none: readonly JsonObject[] = [];
  return {
    request: `GET ${task.resource.path}`,
    text: '[]',
    records: none,
    select: () => none,
    columns: {},
    position,
  };
}

import { LoaderError } from '../../model/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { SelectRecords } from '../../model/page.ts';
import type { Target } from '../../model/position.ts';
import type { GraphqlSpec, ResourceSpec } from '../../model/resource.ts';
import { wrongAnswer } from '../failures.ts';
import type { GitlabResponse } from '../response.ts';
import { judge } from '../status.ts';
import type { ListPage } from './list.ts';
import { watchProgress } from './progress.ts';

/** A GraphQL list to read page by page. */
export interface GraphqlRequest {
  readonly resource: ResourceSpec;
  readonly graphql: GraphqlSpec;
  readonly target: Target;
  readonly from?: string | undefined;
  readonly select: SelectRecords;
  readonly post: (
    document: string,
    variables: Readonly<Record<string, unknown>>,
  ) => Promise<GitlabResponse>;
  readonly onAbsent: (status: number) => void;
}

interface Connection {
  /** Undefined on the last page. */
  readonly endCursor: string | undefined;
}

/** Yields the pages of a GraphQL connection in order. */
export async function* readGraphqlList(
  list: GraphqlRequest,
): AsyncGenerator<ListPage, void, undefined> {
  const { resource, graphql } = list;
  const watch = watchProgress(resource.primaryKey);
  let { from } = list;
  for (;;) {
    const after = from === undefined ? null : new URLSearchParams(from).get('after');
    const response = await list.post(graphql.document, variablesOf(graphql, list.target, after));
    if (judge(response, resource.absent) !== 'records') {
      throw wrongAnswer(response.request, `status ${String(response.status)}`);
    }
    const connection = connectionOf(response, graphql);
    if (connection === undefined) {
      if (!(404 in resource.absent) || from !== undefined) throw hidden(list);
      list.onAbsent(404);
      return;
    }
    const records = list.select(response.json);
    const next = nextOf(connection);
    const { request, text } = response;
    watch({ request, text, first: undefined, next, rows: records.length });
    const query = from === undefined ? '' : `?${from}`;
    yield { request: `${resource.path}${query}`, text, records, next };
    if (next === undefined) return;
    from = next;
  }
}

/** Finds the nodes of a connection; fields that GraphQL sends as text become integers of the reading's kind. */
export function graphqlRecords(
  graphql: GraphqlSpec,
  toInteger: (digits: string) => number | bigint,
): SelectRecords {
  return (body) => {
    const nodes = walkTo(body, ['data', ...graphql.connection, 'nodes']);
    const members = Array.isArray(nodes) ? (nodes as readonly unknown[]).filter(isJsonObject) : [];
    return members.map((node) => withIntegers(node, graphql.integers, toInteger));
  };
}

function withIntegers(
  node: JsonObject,
  fields: readonly string[],
  toInteger: (digits: string) => number | bigint,
): JsonObject {
  const changed: Record<string, JsonValue> = {};
  for (const field of fields) {
    const value = node[field];
    const digits =
      typeof value === 'string' ? /^(?:gid:.*\/)?(-?\d+)$/.exec(value)?.[1] : undefined;
    if (digits !== undefined) changed[field] = toInteger(digits);
  }
  return { ...node, ...changed };
}

function walkTo(body: unknown, path: readonly string[]): unknown {
  let value = body;
  for (const name of path) value = isJsonObject(value) ? value[name] : undefined;
  return value;
}

function connectionOf(response: GitlabResponse, graphql: GraphqlSpec): Connection | undefined {
  const { json, request } = response;
  const errors = isJsonObject(json) ? json['errors'] : undefined;
  if (!isJsonObject(json) || errors !== undefined) {
    const count = Array.isArray(errors) ? errors.length : 0;
    throw wrongAnswer(request, 'errors instead of records', { errors: count });
  }
  const connection = walkTo(json, ['data', ...graphql.connection]);
  if (connection === null || connection === undefined) return undefined;
  const nodes = isJsonObject(connection) ? connection['nodes'] : undefined;
  if (!isJsonObject(connection) || !Array.isArray(nodes)) {
    throw wrongAnswer(request, 'a connection without nodes');
  }
  return { endCursor: endCursorOf(connection['pageInfo']) };
}

function endCursorOf(pageInfo: JsonValue | undefined): string | undefined {
  if (!isJsonObject(pageInfo) || pageInfo['hasNextPage'] !== true) return undefined;
  const { endCursor } = pageInfo;
  return typeof endCursor === 'string' ? endCursor : undefined;
}

function nextOf({ endCursor }: Connection): string | undefined {
  return endCursor === undefined ? undefined : new URLSearchParams({ after: endCursor }).toString();
}

/** Only variables that the document names: GraphQL refuses some that it does not. */
function variablesOf(
  { document }: GraphqlSpec,
  target: Target,
  after: string | null,
): Readonly<Record<string, unknown>> {
  const known = { ...target, after };
  return Object.fromEntries(
    Object.entries(known).filter(([name]) => new RegExp(`\\$${name}\\b`).test(document)),
  );
}

/** GraphQL answers null for what the token may not see, and names no reason. */
function hidden({ graphql, target }: GraphqlRequest): LoaderError {
  const path = graphql.connection.join('.');
  const values = Object.values(target).join(' ');
  return new LoaderError('E_GITLAB_FORBIDDEN', `GitLab does not show '${path}' of '${values}'.`, {
    details: { path },
  });
}

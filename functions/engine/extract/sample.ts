import { isJsonObject } from '../model/json.ts';
import type { Target } from '../model/position.ts';
import type { ResourceSpec } from '../model/resource.ts';
import type { GitlabClient } from './client.ts';
import { rateLimitOf, type RateLimitSeen } from './inspectGitlab.ts';
import { PAGE_SIZE } from './pagination/pageSize.ts';
import type { GitlabResponse } from './response.ts';
import { isReachable, pathFor, queryFor } from './targets.ts';
import { totalOf } from './total.ts';

/** The first page of a list, or an object, and what it tells of the rest. */
export interface SampledPage {
  readonly rows: number;
  /** False when the list goes on and GitLab does not say how far. */
  readonly isAll: boolean;
  readonly bytesPerRow: number | undefined;
  readonly records: readonly unknown[];
  readonly rateLimit: RateLimitSeen | undefined;
}

/** Asks once for the first rows of a resource; undefined when GitLab refuses or does not have it. */
export async function samplePage(
  client: GitlabClient,
  resource: ResourceSpec,
  { target, isAdmin, signal }: { target: Target; isAdmin: boolean; signal: AbortSignal },
): Promise<SampledPage | undefined> {
  if (resource.graphql !== undefined) {
    const variables = { ...target, after: null };
    const response = await client.graphql(resource.graphql.document, variables, { signal });
    return response.status === 200
      ? connectionPage(response, resource.graphql.connection)
      : undefined;
  }
  const path = pathFor(resource, target);
  if (!isReachable(path)) return undefined;
  const query = queryFor(resource, target, isAdmin);
  if (resource.pagination !== 'unpaged') {
    query.set('page', '1');
    query.set('per_page', PAGE_SIZE.toString());
  }
  const text = query.toString();
  const settled = 503 in resource.absent ? [503] : [];
  const response = await client.get(text === '' ? path : `${path}?${text}`, { signal, settled });
  return response.status === 200 ? listPage(response) : undefined;
}

function listPage(response: GitlabResponse): SampledPage {
  const { json, headers, text } = response;
  const records: readonly unknown[] = Array.isArray(json) ? json : [json];
  const total = totalOf(response);
  const goesOn = (headers['x-next-page'] ?? '') !== '' || /rel="?next/.test(headers['link'] ?? '');
  return {
    rows: total ?? records.length,
    isAll: total !== undefined || !goesOn || records.length === 0,
    bytesPerRow: records.length === 0 ? undefined : text.length / records.length,
    records,
    rateLimit: rateLimitOf(response),
  };
}

function connectionPage(
  response: GitlabResponse,
  connection: readonly string[],
): SampledPage | undefined {
  const { json, text } = response;
  let found: unknown = isJsonObject(json) ? json['data'] : undefined;
  for (const name of connection) found = isJsonObject(found) ? found[name] : undefined;
  if (!isJsonObject(found) || !Array.isArray(found['nodes'])) return undefined;
  const { nodes, pageInfo } = found;
  const goesOn = isJsonObject(pageInfo) && pageInfo['hasNextPage'] === true;
  return {
    rows: nodes.length,
    isAll: !goesOn,
    bytesPerRow: nodes.length === 0 ? undefined : text.length / nodes.length,
    records: nodes,
    rateLimit: rateLimitOf(response),
  };
}

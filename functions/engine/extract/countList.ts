import { type ListCount, NO_CLAIM } from '../model/completeness.ts';
import type { PartitionKey } from '../model/ids.ts';
import { isJsonObject } from '../model/json.ts';
import type { Target } from '../model/position.ts';
import { type ResourceSpec, scopeParameter } from '../model/resource.ts';
import type { GitlabClient } from './client.ts';
import type { GitlabResponse } from './response.ts';
import { absentOrRefused } from './status.ts';
import { pathFor, queryFor } from './targets.ts';
import { totalOf } from './total.ts';

/** Which list is asked about. */
export interface CountedList {
  readonly partition: PartitionKey;
  readonly isAdmin: boolean;
  readonly signal: AbortSignal;
}

/** Lists that GitLab counts in another place where it has too many rows for a header: the place and the number there. */
const STATISTICS: Readonly<Record<string, string>> = {
  '/projects/{project_id}/issues': '/projects/{project_id}/issues_statistics?scope=all',
};

/**
 * Asks how many rows the list of a partition has: one request for one row, and a second one where its answer does not say.
 * `hidden` when GitLab refuses it.
 */
export async function countList(
  client: GitlabClient,
  resource: ResourceSpec,
  { partition, isAdmin, signal }: CountedList,
): Promise<ListCount | 'hidden'> {
  const target = partitionTarget(resource, partition);
  const query = queryFor(resource, target, isAdmin);
  query.set('page', '1');
  query.set('per_page', '1');
  const path = `${pathFor(resource, target)}?${query.toString()}`;
  const response = await client.get(path, { signal });
  if (absentOrRefused(response)) return 'hidden';
  const total = response.status === 200 ? totalOf(response) : undefined;
  if (total !== undefined) return { expected: total, source: 'x-total' };
  const statistics = STATISTICS[resource.path];
  if (statistics === undefined) return NO_CLAIM;
  return countOf(await client.get(pathFor({ ...resource, path: statistics }, target), { signal }));
}

function countOf({ status, json }: GitlabResponse): ListCount {
  let found: unknown = status === 200 ? json : undefined;
  for (const name of ['statistics', 'counts', 'all'])
    found = isJsonObject(found) ? found[name] : undefined;
  return typeof found === 'number' ? { expected: found, source: 'issues_statistics' } : NO_CLAIM;
}

/** The values of a partition's own parameter. */
export function partitionTarget(resource: ResourceSpec, partition: PartitionKey): Target {
  const name = scopeParameter(resource);
  if (name === undefined) return {};
  const id = Number(partition);
  return { [name]: Number.isSafeInteger(id) ? id : partition };
}

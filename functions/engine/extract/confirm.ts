import type { PartitionKey } from '../model/ids.ts';
import { isJsonObject } from '../model/json.ts';
import type { Scope } from '../model/resource.ts';
import type { GitlabClient } from './client.ts';
import { judge } from './status.ts';

type Asking = Pick<GitlabClient, 'get'>;

const NOT_THERE = { 403: 'not for this token', 404: 'not there' } as const;

/**
 * Asks for one row by its own path. `gone`: GitLab answers 404, for a row that does not exist and for one that it hides.
 * `there` includes rows that this token may not read; every other answer is thrown.
 */
export async function askForRow(
  client: Asking,
  path: string,
  signal: AbortSignal,
): Promise<'there' | 'gone'> {
  const response = await client.get(path, { signal });
  const verdict = judge(response, NOT_THERE);
  return verdict === 'absent' && response.status === 404 ? 'gone' : 'there';
}

/** Whether the token still sees a partition's project or group; for the instance, whether it is still somebody's. */
export async function isVisible(
  client: Asking,
  { scope, partition }: { readonly scope: Scope | 'instance'; readonly partition: PartitionKey },
  signal: AbortSignal,
): Promise<boolean> {
  const response = await client.get(ownerPath(scope, partition), { signal });
  return judge(response, NOT_THERE) === 'records' && isJsonObject(response.json);
}

function ownerPath(scope: Scope | 'instance', partition: PartitionKey): string {
  if (scope === 'instance') return '/user';
  const id = encodeURIComponent(partition);
  return scope === 'project' ? `/projects/${id}` : `/groups/${id}?with_projects=false`;
}

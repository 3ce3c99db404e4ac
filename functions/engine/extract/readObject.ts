import { isJsonObject } from '../model/json.ts';
import type { Page, SelectRecords } from '../model/page.ts';
import type { Target } from '../model/position.ts';
import type { ResourceSpec } from '../model/resource.ts';
import type { GitlabClient } from './client.ts';
import { wrongAnswer } from './failures.ts';
import { judge } from './status.ts';
import { keptColumns, pathFor, queryFor } from './targets.ts';

/** Which object is read, and which of its records become rows. */
export interface ObjectRequest {
  readonly resource: ResourceSpec;
  readonly path: string;
  /** Bound parameters, which become columns where the resource keeps them. */
  readonly target: Target;
  readonly select: SelectRecords;
  readonly isAdmin: boolean;
  readonly signal: AbortSignal;
}

const NOT_THERE = { 403: 'not for this token', 404: 'not there' } as const;

/** Reads one object as a page of one row. `absent`: GitLab answers 404; `refused`: 403. */
export async function readObject(
  client: Pick<GitlabClient, 'get'>,
  { resource, path, target, select, isAdmin, signal }: ObjectRequest,
): Promise<Page | 'absent' | 'refused'> {
  const query = queryFor({ ...resource, query: {}, memberQuery: {} }, {}, isAdmin).toString();
  const joint = path.includes('?') ? '&' : '?';
  const response = await client.get(query === '' ? path : `${path}${joint}${query}`, { signal });
  if (judge(response, NOT_THERE) === 'absent')
    return response.status === 404 ? 'absent' : 'refused';
  if (!isJsonObject(response.json))
    throw wrongAnswer(response.request, 'something that is not an object');
  return {
    request: `GET ${path}`,
    text: response.text,
    records: select(response.json),
    select,
    columns: keptColumns(resource, target),
    position: { at: 'end', cursor: undefined },
  };
}

/** The path of an object that a resource shows for one target, without being a list. */
export function objectPath(resource: ResourceSpec, target: Target): string | undefined {
  const bound = Object.keys(resource.bind);
  return bound.every((name) => target[name] !== undefined) ? pathFor(resource, target) : undefined;
}

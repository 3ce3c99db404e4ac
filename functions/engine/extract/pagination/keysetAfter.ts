import { isJsonObject } from '../../model/json.ts';
import type { GitlabResponse } from '../response.ts';

/** The id of the last row of a page whose list ascends by ids; undefined for other lists. */
export function lastId({ json }: GitlabResponse, query: URLSearchParams): number | undefined {
  if (query.get('order_by') !== 'id' || query.get('sort') !== 'asc') return undefined;
  const last: unknown = Array.isArray(json) ? json.at(-1) : undefined;
  const id = isJsonObject(last) ? last['id'] : undefined;
  return typeof id === 'number' && Number.isSafeInteger(id) ? id : undefined;
}

/**
 * Where a keyset list goes on behind the rows that were read by offset. GitLab ignores `id_after` where it knows another
 * cursor: then the list begins again.
 */
export function keysetAfter(start: string, id: number | undefined): string {
  const parameters = new URLSearchParams(start);
  if (id === undefined || parameters.get('order_by') !== 'id') return start;
  parameters.set('id_after', String(id));
  return parameters.toString();
}

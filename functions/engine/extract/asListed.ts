import type { JsonObject } from '../model/json.ts';
import type { ResourceSpec } from '../model/resource.ts';

/** Leaves out what GitLab shows of a single object and not in its list, so that the next scan finds the row equal. */
export function asListed(
  { singleOnly = [] }: Pick<ResourceSpec, 'singleOnly'>,
  record: JsonObject,
): JsonObject {
  if (!singleOnly.some((field) => field in record)) return record;
  return Object.fromEntries(Object.entries(record).filter(([key]) => !singleOnly.includes(key)));
}

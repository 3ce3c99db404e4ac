import { type CursorSpec, type ResourceSpec } from './resource.ts';
import { foreignScopes } from './sweep.ts';
import { writeMethod } from './writeMethod.ts';

/** Where the number of a partition's rows comes from. */
export type CountSource = 'x-total' | 'issues_statistics' | 'whole-scan';

/** How many rows GitLab says that a partition has; null where it does not tell. */
export interface ListCount {
  readonly expected: number | null;
  readonly source: CountSource | null;
}

/** GitLab's answer does not tell how many rows there are: no claim is made. */
export const NO_CLAIM: ListCount = { expected: null, source: null };

/** True when the rows of a partition are those of one list, which can be compared with what is stored. */
export function isCounted(resource: ResourceSpec): boolean {
  const { cursor, on, primaryKey, hardDelete } = resource;
  const isKeyed = primaryKey.length > 0 && writeMethod(resource) === 'upsert';
  const isKept = hardDelete === undefined && on === 'schedule';
  return isKeyed && isKept && hasOneList(resource) && isWhole(cursor);
}

/** Every binding names the partition itself. */
function hasOneList({ bind }: ResourceSpec): boolean {
  return Object.values(bind).every(({ from }) => from === 'each' || from === 'full-path');
}

/** The list without a cursor shows all rows of the partition, and no other resource brings some of them. */
function isWhole(cursor: CursorSpec): boolean {
  if (cursor.kind === 'walking') return cursor.begins === undefined;
  return cursor.kind === 'full' || cursor.kind === 'changed-since';
}

/**
 * The columns that are null in the rows of a resource alone; undefined where nothing tells them from others in their
 * table. Resources of the same list bring the same rows.
 */
export function countedScopes(
  resource: ResourceSpec,
  all: Iterable<ResourceSpec>,
): readonly string[] | undefined {
  return foreignScopes(
    resource,
    [...all].filter(({ path }) => path !== resource.path),
  );
}

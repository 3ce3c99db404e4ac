import type { MergeStrategy, ResourceSpec } from './resource.ts';

/**
 * What a package does to the rows of a table. `append` adds, `replace` leaves only the rows of the last scan, `upsert`
 * replaces by key, `insert-only` adds unknown keys, `merge-key` replaces what shares the merge key, `scd2` keeps
 * versions, `skip` writes nothing.
 */
export type WriteMethod =
  'append' | 'replace' | 'upsert' | 'insert-only' | 'merge-key' | 'scd2' | 'skip';

/** The disposition, strategy and keys of a resource as one word. */
export function writeMethod({
  writeDisposition,
  mergeStrategy = 'upsert',
  mergeKey = [],
}: Pick<ResourceSpec, 'writeDisposition' | 'mergeStrategy' | 'mergeKey'>): WriteMethod {
  switch (writeDisposition) {
    case 'append':
    case 'replace':
    case 'skip':
      return writeDisposition;
    case 'merge':
      return mergeMethod(mergeStrategy, mergeKey);
  }
}

function mergeMethod(strategy: MergeStrategy, mergeKey: readonly string[]): WriteMethod {
  switch (strategy) {
    case 'upsert':
      return mergeKey.length === 0 ? 'upsert' : 'merge-key';
    case 'keyless':
      return mergeKey.length === 0 ? 'append' : 'merge-key';
    case 'insert-only':
    case 'scd2':
      return strategy;
  }
}

/** Where the id of a root row comes from: its key, the load's time, or everything in it. */
export function rowIdentity(
  method: WriteMethod,
  strategy: MergeStrategy | undefined,
): 'key' | 'time' | 'content' {
  switch (method) {
    case 'append':
    case 'replace':
    case 'skip':
      return 'time';
    case 'upsert':
    case 'insert-only':
      return 'key';
    case 'merge-key':
      return strategy === 'keyless' ? 'time' : 'key';
    case 'scd2':
      return 'content';
  }
}

/** Whether only the whole scan of a partition says which of its stored rows go. */
export function needsWholeScan(method: WriteMethod): boolean {
  switch (method) {
    case 'replace':
    case 'merge-key':
    case 'scd2':
      return true;
    case 'append':
    case 'upsert':
    case 'insert-only':
    case 'skip':
      return false;
  }
}

/** How one of several rows with the same key is chosen; undefined where no sort says it. */
export function rowSort(resource: ResourceSpec): ResourceSpec['dedupSort'] {
  const isKeyed = rowIdentity(writeMethod(resource), resource.mergeStrategy) === 'key';
  return isKeyed ? resource.dedupSort : undefined;
}

/**
 * Whether the pages of a partition are kept until its scan ends: only the whole of them says what goes, or which of
 * several rows with the same key stays.
 */
export function keepsWholeScan(resource: ResourceSpec): boolean {
  return needsWholeScan(writeMethod(resource)) || rowSort(resource) !== undefined;
}

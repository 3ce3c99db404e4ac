import type { KnownColumn, RowCondition, Scope, WindowedCursor } from '../model/resource.ts';

/** One partition for every project or group in scope. */
export function each<const S extends Scope>(
  scope: S,
): { readonly from: 'each'; readonly scope: S } {
  return { from: 'each', scope };
}

/** One request for every stored row of a resource of the same family, in the same partition. */
export function parent<const R extends string, const F extends string>(
  resource: R,
  field: F,
): { readonly from: 'parent'; readonly resource: R; readonly field: F } {
  return { from: 'parent', resource, field };
}

/** One request for every value. */
export function values<const V extends readonly string[]>(
  ...list: V
): { readonly from: 'values'; readonly values: V } {
  return { from: 'values', values: list };
}

/** One request for every pair `left:right` of a setting; `part` says which side this parameter takes. */
export function setting<const P extends 0 | 1>(
  name: 'dictionaryTables',
  part: P,
): { readonly from: 'setting'; readonly setting: 'dictionaryTables'; readonly part: P } {
  return { from: 'setting', setting: name, part };
}

/** One request for every distinct value that these columns of the dataset hold. */
export function known(...columns: readonly `${string}.${string}`[]): {
  readonly from: 'known';
  readonly columns: readonly KnownColumn[];
} {
  return {
    from: 'known',
    columns: columns.map((path) => {
      const dot = path.indexOf('.');
      return { table: path.slice(0, dot), column: path.slice(dot + 1) };
    }),
  };
}

/** The full path of the partition's project or group. */
export function fullPath(): { readonly from: 'full-path' } {
  return { from: 'full-path' };
}

/** Reads a list whose ids descend until the newest id already loaded; unfinished rows are read again. */
export function newestFirst<const F extends string, const C extends RowCondition>(
  field: F,
  { rereadWhile, filter }: { readonly rereadWhile: C; readonly filter: string },
): {
  readonly kind: 'newest-first';
  readonly field: F;
  readonly rereadWhile: C;
  readonly filter: string;
} {
  return { kind: 'newest-first', field, rereadWhile, filter };
}

/** Asks only below parent rows that changed since the last finished scan, or that fulfil `rereadWhile`. */
export function changedParents<const C extends RowCondition>(
  rereadWhile: C,
): { readonly kind: 'changed-parents'; readonly rereadWhile: C } {
  return { kind: 'changed-parents', rereadWhile };
}

/** Asks only below parent rows whose `field`, which the rows include, is not the one of the rows below them. */
export function changedParentsBy<const B extends string>(
  field: B,
): { readonly kind: 'changed-parents'; readonly rereadWhile: RowCondition; readonly by: B } {
  return { kind: 'changed-parents', rereadWhile: {}, by: field };
}

/** Asks only for bound values that have no row yet. */
export function missingRows(): { readonly kind: 'missing' } {
  return { kind: 'missing' };
}

/** Walks along rows that ascend by the instant of their last change; the query must order by the same field. */
export function walking<const F extends string>(
  field: F,
  after: string,
): { readonly kind: 'walking'; readonly field: F; readonly after: string } {
  return { kind: 'walking', field, after };
}

/** Reads rows that descend by the instant of their last change until they are older than the cursor. */
export function newestChangedFirst<const F extends string>(
  field: F,
): { readonly kind: 'newest-changed-first'; readonly field: F } {
  return { kind: 'newest-changed-first', field };
}

/** Asks in the parameter `after` for what changed since the last scan began, by GitLab's clock. */
export function changedSince(after: string): {
  readonly kind: 'changed-since';
  readonly after: string;
} {
  return { kind: 'changed-since', after };
}

/** Reads rows that never change in windows of days, oldest first. */
export function windowed<const F extends string>(
  field: F,
  windows: Omit<WindowedCursor, 'kind' | 'field'>,
): Omit<WindowedCursor, 'field'> & { readonly field: F } {
  return { kind: 'windowed', field, ...windows };
}

declare const row: unique symbol;

/** Carries the type of a record to the compiler; holds nothing at run time. */
export interface RecordType<Row> {
  readonly [row]?: Row;
}

/** Names the fields of a record that keys, cursors, splits and parents refer to. */
export function of<Row>(): RecordType<Row> {
  return {};
}

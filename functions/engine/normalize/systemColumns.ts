/** dlt's columns of a root table. */
export const ROOT_SYSTEM_COLUMNS: ReadonlySet<string> = new Set(['_dlt_load_id', '_dlt_id']);

/** dlt's columns of a child table; `_dlt_root_id` only below a merged table. */
export const CHILD_SYSTEM_COLUMNS: ReadonlySet<string> = new Set([
  '_dlt_root_id',
  '_dlt_parent_id',
  '_dlt_list_idx',
  '_dlt_id',
]);

/** dlt's own columns never hold null, also where a record brings values for them, which are overwritten. */
export function isSystemColumn(column: string): boolean {
  return ROOT_SYSTEM_COLUMNS.has(column) || CHILD_SYSTEM_COLUMNS.has(column);
}

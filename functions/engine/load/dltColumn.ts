import type { ResourceSpec } from '../model/resource.ts';
import type { ColumnSchema } from '../model/schema.ts';
import type { WriteMethod } from '../model/writeMethod.ts';

/** A column as dlt stores it. */
export interface DltColumn {
  readonly name: string;
  readonly data_type?: string;
  readonly nullable?: boolean;
  readonly [hint: string]: unknown;
}

/** What dlt must know of a root table beyond its columns. */
export interface TableHints {
  readonly resource: string;
  readonly writeDisposition: string;
  readonly primaryKey: readonly string[];
  readonly mergeKey: readonly string[];
  readonly method: WriteMethod;
  readonly hardDelete?: string | undefined;
  readonly dedupSort?: ResourceSpec['dedupSort'];
  /** Columns that the resource declares; dlt says of these nothing that was not declared. */
  readonly declared?: readonly string[] | undefined;
}

const SYSTEM_HINTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  _dlt_id: { unique: true, row_key: true },
  _dlt_parent_id: { parent_key: true },
  _dlt_root_id: { root_key: true },
  _dlt_valid_from: { 'x-valid-from': true },
  _dlt_valid_to: { 'x-valid-to': true, 'x-active-record-timestamp': null },
};

/** The id of a version: equal rows have the same one. */
const VERSION_HINTS = { 'x-row-version': true, unique: false, row_key: false };

/** A column with its hints; those of a key stand before its type, as dlt writes them. */
export function dltColumn(
  { name, type, nullable, variant, repeats }: ColumnSchema,
  hints: TableHints | undefined,
): DltColumn {
  const keys = keyHints(name, hints);
  const own = rowHints(name, hints);
  if (Object.keys(keys).length > 0) return { name, nullable, ...keys, data_type: type, ...own };
  if (hints?.declared?.includes(name) === true) return { ...own, data_type: type, name };
  if (Object.keys(own).length > 0) return { ...own, name, data_type: type, nullable };
  return {
    name,
    data_type: type,
    nullable,
    ...(repeats === true ? VERSION_HINTS : SYSTEM_HINTS[name]),
    ...(variant === true ? { variant: true } : {}),
  };
}

function keyHints(name: string, hints: TableHints | undefined): Readonly<Record<string, unknown>> {
  return {
    ...(hints?.primaryKey.includes(name) === true ? { primary_key: true } : {}),
    ...(hints?.mergeKey.includes(name) === true ? { merge_key: true } : {}),
  };
}

/** Which rows are deleted, and which of several stay. */
function rowHints(name: string, hints: TableHints | undefined): Readonly<Record<string, unknown>> {
  const sort = hints?.dedupSort;
  return {
    ...(hints?.hardDelete === name ? { hard_delete: true } : {}),
    ...(sort?.column === name ? { dedup_sort: sort.keep === 'highest' ? 'desc' : 'asc' } : {}),
  };
}

import type { TableKey } from '../load/ddl.ts';
import type { TableHints } from '../load/dltColumn.ts';
import { rowKey } from '../load/rowKey.ts';
import { type ResourceSpec, scopeParameter } from '../model/resource.ts';
import type { ColumnSchema, Schema } from '../model/schema.ts';
import type { KeyFacts, RowKey } from '../model/takeover.ts';
import { writeMethod } from '../model/writeMethod.ts';

/** The key of every resource's rows in its table, and of its splits in theirs. */
export function tableKeys(resources: readonly ResourceSpec[]): readonly TableKey[] {
  return resources.flatMap((spec) => {
    const { id, table, primaryKey, writeDisposition, splits, mergeKey = [] } = spec;
    const shared = { resource: id, writeDisposition };
    const method = writeMethod(spec);
    const { hardDelete, dedupSort, declaredColumns } = spec;
    const declared = declaredColumns?.map(({ name }) => name);
    return [
      {
        ...{ ...shared, table, primaryKey, mergeKey, method, hardDelete, dedupSort, declared },
        scope: scopeParameter(spec),
      },
      ...splits.map(({ table: name, primaryKey: key }) => ({
        ...shared,
        ...{ table: name, primaryKey: key, mergeKey: [], method: 'upsert' as const },
        scope: undefined,
      })),
    ];
  });
}

/** What the keys of one table say together. */
export function hintsOf(keys: readonly TableKey[]): ReadonlyMap<string, TableHints> {
  const hints = new Map<string, TableHints>();
  for (const { table, primaryKey: own, ...hint } of keys) {
    const known = hints.get(table);
    const primaryKey = [...new Set([...(known?.primaryKey ?? []), ...own])];
    hints.set(table, { ...(known ?? hint), primaryKey });
  }
  return hints;
}

/** The key columns that every resource of a table has; the others are null in some of its rows. */
export function requiredColumns(
  resources: readonly ResourceSpec[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const required = new Map<string, ReadonlySet<string>>();
  for (const { table, primaryKey, mergeKey } of tableKeys(resources)) {
    const shared = required.get(table);
    const key = [...primaryKey, ...mergeKey];
    const own = shared === undefined ? key : key.filter((name) => shared.has(name));
    required.set(table, new Set(own));
  }
  return required;
}

/** The key by which the stored rows of a table are known, whatever kinds of rows are in it. */
export function rowKeyOf(
  resources: readonly ResourceSpec[],
  live: Schema,
  { table, facts }: { readonly table: string; readonly facts: KeyFacts },
): RowKey {
  const keys = tableKeys(resources).filter((key) => key.table === table);
  const columns = live.get(table)?.columns ?? new Map<string, ColumnSchema>();
  return rowKey(
    { columns },
    keys.map(({ primaryKey }) => primaryKey),
    facts,
  );
}

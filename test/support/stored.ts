import { identifier, qualified } from '../../functions/engine/sql/identifier.ts';
import type { Database } from '../../functions/engine/sql/pool.ts';
import { joined, type Sql, sql } from '../../functions/engine/sql/sql.ts';

/** A stored row: every value as PostgreSQL prints it, instants in UTC with microseconds. */
export type StoredRow = Readonly<Record<string, string | null>>;

/** A table as it is in the database. */
export interface StoredTable {
  readonly name: string;
  /** PostgreSQL's name of each column's type. */
  readonly types: ReadonlyMap<string, string>;
  readonly rows: readonly StoredRow[];
  /** The rows of each `_dlt_parent_id`, in the order of the list. */
  readonly byParent: ReadonlyMap<string, readonly StoredRow[]>;
}

/** Every table of a schema by its name. */
export type StoredTables = ReadonlyMap<string, StoredTable>;

interface ColumnRow {
  readonly table_name: string;
  readonly column_name: string;
  readonly type_name: string;
}

/** PostgreSQL's name of each column's type, by table. */
export type StoredTypes = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Reads all tables of a dataset. */
export async function readStored(
  database: Pick<Database, 'query'>,
  dataset: string,
): Promise<StoredTables> {
  const tables = new Map<string, StoredTable>();
  for (const [name, types] of await readTypes(database, dataset)) {
    tables.set(name, await readTable(database, dataset, { name, types }));
  }
  return tables;
}

/** Reads which tables and columns a dataset has. */
export async function readTypes(
  database: Pick<Database, 'query'>,
  dataset: string,
): Promise<StoredTypes> {
  const { rows } = await database.query<ColumnRow>(
    sql`select c.relname as table_name, a.attname as column_name, t.typname as type_name
        from pg_attribute a join pg_class c on c.oid = a.attrelid and c.relkind = 'r'
        join pg_namespace n on n.oid = c.relnamespace and n.nspname = $1::text
        join pg_type t on t.oid = a.atttypid where a.attnum > 0 and not a.attisdropped
        order by 1, a.attnum`,
    [dataset],
  );
  const types = new Map<string, Map<string, string>>();
  for (const { table_name, column_name, type_name } of rows) {
    const columns = types.get(table_name) ?? new Map<string, string>();
    types.set(table_name, columns.set(column_name, type_name));
  }
  return types;
}

async function readTable(
  database: Pick<Database, 'query'>,
  dataset: string,
  { name, types }: Pick<StoredTable, 'name' | 'types'>,
): Promise<StoredTable> {
  const list = joined([...types].map(([column, type]) => printed(column, type)));
  const order = types.has('_dlt_list_idx') ? sql`order by _dlt_parent_id, _dlt_list_idx` : sql``;
  const { rows } = await database.query<StoredRow>(
    sql`select ${list} from ${qualified(dataset, name)} ${order}`,
  );
  return { name, types, rows, byParent: groupedBy(rows, (row) => row['_dlt_parent_id'] ?? '') };
}

/** The members of a list by what `keyOf` says, in their order. */
export function groupedBy<T>(
  list: readonly T[],
  keyOf: (member: T) => string,
): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const member of list) {
    const key = keyOf(member);
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    group.push(member);
  }
  return groups;
}

function printed(column: string, type: string): Sql {
  const name = identifier(column);
  const text =
    type === 'timestamptz'
      ? sql`to_char(${name} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
      : sql`${name}::text`;
  return sql`${text} as ${name}`;
}

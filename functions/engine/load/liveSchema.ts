import type { ColumnSchema, DataType, Schema, TableSchema } from '../model/schema.ts';
import type { Database } from '../sql/pool.ts';
import { sql } from '../sql/sql.ts';
import type { DltSchema } from './dltSchema.ts';

/** PostgreSQL's types as dlt makes them. */
export const POSTGRES_TYPES = {
  text: 'varchar',
  bigint: 'bigint',
  double: 'double precision',
  bool: 'boolean',
  timestamp: 'timestamp with time zone',
  json: 'jsonb',
  date: 'date',
  decimal: 'numeric',
} as const satisfies Readonly<Record<DataType, string>>;

const TYPES_OF_POSTGRES: Readonly<Record<string, DataType>> = {
  varchar: 'text',
  text: 'text',
  int8: 'bigint',
  float8: 'double',
  bool: 'bool',
  timestamptz: 'timestamp',
  jsonb: 'json',
  date: 'date',
  numeric: 'decimal',
};

interface AttributeRow {
  readonly table_name: string;
  readonly column_name: string;
  readonly type_name: string;
  readonly not_null: boolean;
}

/**
 * Reads the tables as they are in the database: what COPY will meet, in the order of the columns there.
 * Columns of types that the loader never makes are left out, and so never written.
 */
export async function readLiveSchema(
  database: Pick<Database, 'query'>,
  dataset: string,
  stored: DltSchema | undefined,
): Promise<Schema> {
  const { rows } = await database.query<AttributeRow>(
    sql`select c.relname as table_name, a.attname as column_name, t.typname as type_name, a.attnotnull as not_null
        from pg_attribute a
        join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p')
        join pg_namespace n on n.oid = c.relnamespace and n.nspname = $1::text
        join pg_type t on t.oid = a.atttypid
        where a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
        order by c.relname, a.attnum`,
    [dataset],
  );
  const tables = new Map<string, Map<string, ColumnSchema>>();
  for (const { table_name, column_name, type_name, not_null } of rows) {
    const columns = tables.get(table_name) ?? new Map<string, ColumnSchema>();
    tables.set(table_name, columns);
    const type = TYPES_OF_POSTGRES[type_name];
    if (type !== undefined)
      columns.set(column_name, { name: column_name, type, nullable: !not_null });
  }
  return new Map(
    [...tables].map(([name, columns]): [string, TableSchema] => {
      const parent = stored?.tables[name]?.parent ?? parentByName(name, columns, tables);
      return [name, { name, columns, ...(parent === undefined ? {} : { parent }) }];
    }),
  );
}

/** Where the stored schema says nothing of a child table, its name does: `parent__list`. */
function parentByName(
  name: string,
  columns: ReadonlyMap<string, ColumnSchema>,
  tables: ReadonlyMap<string, unknown>,
): string | undefined {
  if (!columns.has('_dlt_parent_id')) return undefined;
  let parent = name;
  do {
    parent = parent.slice(0, Math.max(0, parent.lastIndexOf('__')));
    if (tables.has(parent)) return parent;
  } while (parent !== '');
  return undefined;
}

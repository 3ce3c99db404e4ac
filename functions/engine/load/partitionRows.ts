import { type ResourceSpec, scopeParameter } from '../model/resource.ts';
import type { Schema } from '../model/schema.ts';
import { identifier, qualified } from '../sql/identifier.ts';
import type { Database } from '../sql/pool.ts';
import { joined, type Sql, sql } from '../sql/sql.ts';

/** The rows of one resource, told from others in its table. */
export interface OwnRows {
  readonly dataset: string;
  readonly schema: Schema;
  readonly resource: ResourceSpec;
  /** Columns that are null in the rows of this resource alone. */
  readonly nullColumns: readonly string[];
}

/** A query for `key` and `rows` of each partition that has rows; undefined where the table cannot tell. */
export function countsQuery({ dataset, schema, resource, nullColumns }: OwnRows): Sql | undefined {
  const columns = schema.get(resource.table)?.columns;
  const scope = scopeParameter(resource);
  if (columns === undefined || (scope !== undefined && !columns.has(scope))) return undefined;
  const key = scope === undefined ? sql`''` : sql`t.${identifier(scope)}::text`;
  const own = nullColumns.filter((name) => columns.has(name));
  return sql`select ${key} as key, count(*) as rows from ${qualified(dataset, resource.table)} t
    where ${ownCondition(own)} group by 1`;
}

function ownCondition(nullColumns: readonly string[]): Sql {
  if (nullColumns.length === 0) return sql`true`;
  return joined(
    nullColumns.map((name) => sql`t.${identifier(name)} is null`),
    sql` and `,
  );
}

/** Counts the stored rows of all partitions of a resource; those without rows are left out. */
export async function countRows(
  database: Pick<Database, 'query'>,
  rows: OwnRows,
): Promise<ReadonlyMap<string, number>> {
  const query = countsQuery(rows);
  if (query === undefined) return new Map();
  const { rows: counted } = await database.query<{ key: string; rows: number }>(
    sql`select key, rows::float8 as rows from (${query}) c`,
  );
  return new Map(counted.map((row) => [row.key, row.rows]));
}

/** Counts the stored rows of some partitions. */
export async function countRowsOf(
  database: Pick<Database, 'query'>,
  rows: OwnRows,
  partitions: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const { dataset, schema, resource, nullColumns } = rows;
  const columns = schema.get(resource.table)?.columns;
  const scope = scopeParameter(resource);
  if (scope === undefined) return countRows(database, rows);
  const type = columns?.get(scope)?.type;
  if (type === undefined) return new Map();
  const isNumber = type === 'bigint';
  const wanted = isNumber ? sql`$1::bigint[]` : sql`$1::text[]`;
  const own = nullColumns.filter((name) => columns?.has(name) === true);
  const { rows: counted } = await database.query<{ key: string; rows: number }>(
    sql`select t.${identifier(scope)}::text as key, count(*)::float8 as rows from ${qualified(dataset, resource.table)} t
        where t.${identifier(scope)} = any (${wanted}) and ${ownCondition(own)} group by 1`,
    [partitions],
  );
  return new Map(counted.map((row) => [row.key, row.rows]));
}

/** The keys of the stored rows of one partition, each as the texts of its columns in the order of the primary key. */
export async function storedKeys(
  database: Pick<Database, 'query'>,
  { dataset, schema, resource, nullColumns }: OwnRows,
  partition: string,
): Promise<readonly (readonly string[])[]> {
  const columns = schema.get(resource.table)?.columns;
  const scope = scopeParameter(resource);
  const needed = [...resource.primaryKey, ...(scope === undefined ? [] : [scope])];
  if (columns === undefined || !needed.every((name) => columns.has(name))) return [];
  const own = nullColumns.filter((name) => columns.has(name));
  const key = joined(resource.primaryKey.map((name) => sql`t.${identifier(name)}::text`));
  const inScope =
    scope === undefined
      ? sql`$1::text is not null`
      : sql`t.${identifier(scope)} = ${columns.get(scope)?.type === 'bigint' ? sql`$1::bigint` : sql`$1::text`}`;
  const { rows } = await database.query<{ key: readonly string[] }>(
    sql`select array[${key}] as key from ${qualified(dataset, resource.table)} t
        where ${inScope} and ${ownCondition(own)}`,
    [partition],
  );
  return rows.map((row) => row.key);
}

/** Whether the row of a record `q` in quarantine is stored. */
export function isHeldRowStored({ dataset, schema, resource }: OwnRows): Sql {
  return schema.get(resource.table)?.columns.has('_dlt_id') === true
    ? sql`exists (select from ${qualified(dataset, resource.table)} t where t._dlt_id = q.row_id)`
    : sql`false`;
}

import { createHash } from 'node:crypto';

import type {
  ColumnCause,
  ColumnSchema,
  Schema,
  SchemaChange,
  SchemaUpdate,
  TableSchema,
} from '../model/schema.ts';
import { type Identifier, identifier, qualified } from '../sql/identifier.ts';
import type { Session } from '../sql/session.ts';
import { joined, literal, type Sql, sql } from '../sql/sql.ts';
import type { TableHints } from './dltColumn.ts';
import { POSTGRES_TYPES } from './liveSchema.ts';
import { createPipelineState } from './pipelineStateTable.ts';

const SYSTEM_TABLES = ['_dlt_loads', '_dlt_version', '_dlt_pipeline_state'];

/** Whether the dataset and dlt's own tables are there. */
export async function hasDataset(
  database: Pick<Session, 'query'>,
  dataset: string,
): Promise<boolean> {
  const found = await systemTables(database, dataset);
  return found.size === SYSTEM_TABLES.length;
}

/** Those of dlt's own tables that the dataset has. */
export async function systemTables(
  database: Pick<Session, 'query'>,
  dataset: string,
): Promise<ReadonlySet<string>> {
  const { rows } = await database.query<{ name: string }>(
    sql`select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = $1::text and c.relname = any ($2::text[])`,
    [dataset, SYSTEM_TABLES],
  );
  return new Set(rows.map(({ name }) => name));
}

/** Makes the dataset and dlt's own tables in it, as dlt makes them. */
export async function createDataset(session: Session, dataset: string): Promise<void> {
  const exists = await session.query(sql`select from pg_namespace where nspname = $1::text`, [
    dataset,
  ]);
  if (exists.rows.length === 0) await session.simple(sql`create schema ${identifier(dataset)}`);
  await session.simple(sql`
create table if not exists ${qualified(dataset, '_dlt_version')} (
  version bigint not null,
  engine_version bigint not null,
  inserted_at timestamp with time zone not null,
  schema_name varchar not null,
  version_hash varchar not null,
  schema varchar not null
);
create table if not exists ${qualified(dataset, '_dlt_loads')} (
  load_id varchar(64) not null,
  schema_name varchar,
  status bigint not null,
  inserted_at timestamp with time zone not null,
  schema_version_hash varchar
);
${createPipelineState(dataset)}`);
}

/** Adds what `update` asks for and the live schema still lacks; returns what was really added. */
export async function applyUpdate(
  session: Session,
  dataset: string,
  { live, update }: { readonly live: Schema; readonly update: SchemaUpdate },
): Promise<readonly SchemaChange[]> {
  const changes: SchemaChange[] = [];
  for (const { name, parent, columns, causes } of update.tables) {
    const existing = live.get(name);
    const missing = columns.filter((column) => existing?.columns.has(column.name) !== true);
    if (missing.length === 0) continue;
    const table = qualified(dataset, name);
    if (existing === undefined)
      await session.simple(createTable(table, name, { columns: missing, parent }));
    else await session.simple(addColumns(table, missing));
    const known = new Map([
      ...missing.map((column) => [column.name, column] as const),
      ...(existing?.columns ?? []),
    ]);
    changes.push(
      ...missing.map((column) =>
        changeOf(name, column, { existing, known, cause: causes?.get(column.name) }),
      ),
    );
  }
  return changes;
}

interface Background {
  readonly existing: TableSchema | undefined;
  readonly known: TableSchema['columns'];
  readonly cause: ColumnCause | undefined;
}

function changeOf(
  table: string,
  { name, type, variant }: ColumnSchema,
  { existing, known, cause }: Background,
): SchemaChange {
  const oldType = known.get(cause?.beside ?? '')?.type;
  const alone = variant === true ? 'variant-added' : 'column-added';
  return {
    table,
    column: name,
    type,
    change: existing === undefined && variant !== true ? 'table-created' : alone,
    ...(oldType === undefined ? {} : { oldType }),
    ...(cause === undefined ? {} : { sample: cause.sample }),
  };
}

function createTable(
  table: Identifier,
  name: string,
  {
    columns,
    parent,
  }: { readonly columns: readonly ColumnSchema[]; readonly parent: string | undefined },
): Sql {
  const definitions = joined(columns.map((column) => definition(column, 'new table')));
  const create = sql`create table ${table} (${definitions})`;
  if (parent === undefined) return create;
  // Children are replaced by the id of their root, so this index is on the path of every changed row.
  const owner = columns.some((column) => column.name === '_dlt_root_id')
    ? '_dlt_root_id'
    : '_dlt_parent_id';
  return sql`${create}; create index ${indexName(name, [owner])} on ${table} (${identifier(owner)})`;
}

function addColumns(table: Identifier, columns: readonly ColumnSchema[]): Sql {
  const additions = columns.map(
    (column) => sql`add column ${definition(column, 'existing table')}`,
  );
  return sql`alter table ${table} ${joined(additions)}`;
}

/** A table that has rows cannot get a column that must not be null; nullable it stays. */
function definition(
  { name, type, nullable, repeats }: ColumnSchema,
  of: 'new table' | 'existing table',
): Sql {
  const unique = name === '_dlt_id' && repeats !== true ? sql` unique` : sql``;
  const required = nullable || of === 'existing table' ? sql`` : sql` not null`;
  return sql`${identifier(name)} ${POSTGRES_TYPES[type] as Sql}${unique}${required}`;
}

/** The key of one resource's rows in a root table, and the column that names their partition. */
export interface TableKey extends TableHints {
  readonly table: string;
  readonly scope: string | undefined;
}

/** Root tables with their keys; those in which keys repeat can have no unique index yet. */
export interface IndexedTables {
  readonly live: Schema;
  readonly hints: readonly TableKey[];
  readonly repeating: ReadonlySet<string>;
}

/** Makes the indexes that merges and readers need on root tables; cheap when they exist. */
export async function ensureIndexes(
  session: Session,
  dataset: string,
  { live, hints, repeating }: IndexedTables,
): Promise<void> {
  for (const key of hints) {
    const { table, primaryKey, scope } = key;
    const columns = live.get(table)?.columns;
    if (columns === undefined || !primaryKey.every((column) => columns.has(column))) continue;
    if (hasUniqueKey(key) && !repeating.has(table))
      await session.simple(uniqueIndex(dataset, key, columns));
    if (scope === undefined || primaryKey[0] === scope || !columns.has(scope)) continue;
    // Children, unfinished rows and people look for the rows of one project.
    await ensureIndex(session, dataset, { table, columns: [scope] });
  }
}

/** Makes an index on columns of a table, unless it is there. */
export async function ensureIndex(
  session: Session,
  dataset: string,
  { table, columns }: { readonly table: string; readonly columns: readonly string[] },
): Promise<void> {
  const list = joined(columns.map(identifier));
  await session.simple(
    sql`create index if not exists ${indexName(table, columns)} on ${qualified(dataset, table)} (${list})`,
  );
}

/** Tables that two kinds of owner share have one key each; the other owner's column is null there. */
function uniqueIndex(
  dataset: string,
  { table, primaryKey }: TableKey,
  columns: TableSchema['columns'],
): Sql {
  const nullable = primaryKey.filter((column) => columns.get(column)?.nullable === true);
  const present = nullable.map((column) => sql`${identifier(column)} is not null`);
  const where = present.length === 0 ? sql`` : sql` where ${joined(present, sql` and `)}`;
  const list = joined(primaryKey.map(identifier));
  return sql`create unique index if not exists ${indexName(table, primaryKey)} on ${qualified(dataset, table)} (${list})${where}`;
}

/** Whether a key stands in the table once. */
export function hasUniqueKey({ method, primaryKey }: TableKey): boolean {
  switch (method) {
    case 'upsert':
    case 'insert-only':
    case 'merge-key':
      return primaryKey.length > 0;
    case 'append':
    case 'replace':
    case 'scd2':
    case 'skip':
      return false;
  }
}

/** A name that fits 63 bytes and differs for every table and list of columns. */
function indexName(table: string, columns: readonly string[]): Identifier {
  const tag = createHash('sha256')
    .update(`${table} ${columns.join(' ')}`)
    .digest('hex')
    .slice(0, 8);
  return identifier(`${table.slice(0, 40)}_${columns.join('_').slice(0, 10)}_${tag}`);
}

/** One schema change at a time in a dataset: held until the transaction ends. */
export async function lockSchema(session: Session, dataset: string): Promise<void> {
  await session.simple(
    // An index on a table with millions of rows takes longer than any statement of a load.
    sql`set local lock_timeout = '2s'; set local statement_timeout = 0;
        select pg_advisory_xact_lock(hashtextextended(${literal(`gitlab-alloydb ddl ${dataset}`)}, 0))`,
  );
}

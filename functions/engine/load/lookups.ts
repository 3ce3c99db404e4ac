import type { PartitionTask } from '../model/position.ts';
import {
  type ResourceSpec,
  type RowCondition,
  scopeOf,
  scopeParameter,
} from '../model/resource.ts';
import type { Schema } from '../model/schema.ts';
import { identifier, qualified } from '../sql/identifier.ts';
import { joined, type Sql, sql } from '../sql/sql.ts';
import { lateLoads } from './eventLoads.ts';
import type { TargetSource } from './targets.ts';

function inPartition(resource: ResourceSpec): Sql {
  const scope = scopeParameter(resource);
  return scope === undefined ? sql`$1::text is not null` : sql`${identifier(scope)} = $1::bigint`;
}

/** A table that somebody else made may lack what is looked for: then nothing of ours is in it. */
function hasColumns(schema: Schema, resource: ResourceSpec, names: readonly string[]): boolean {
  const columns = schema.get(resource.table)?.columns;
  const scope = scopeParameter(resource);
  const needed = scope === undefined ? names : [scope, ...names];
  return needed.every((name) => columns?.has(name) === true);
}

function fulfils(condition: RowCondition): Sql {
  const parts = Object.keys(condition).map(
    (name, index) => sql`${identifier(name)} = any ($${(index + 2).toString() as Sql}::text[])`,
  );
  return parts.length === 0 ? sql`false` : joined(parts, sql` and `);
}

/** Ids of the partition's stored rows that had not finished when they were loaded. */
export async function unfinishedIds(
  { database, dataset, schema }: TargetSource,
  { resource, partition }: PartitionTask,
): Promise<readonly string[]> {
  const { cursor, table } = resource;
  if (cursor.kind !== 'newest-first') return [];
  if (!hasColumns(schema, resource, [cursor.field, ...Object.keys(cursor.rereadWhile)])) return [];
  const { rows } = await database.query<{ id: string }>(
    sql`select ${identifier(cursor.field)}::text as id from ${qualified(dataset, table)}
        where ${inPartition(resource)} and ${fulfils(cursor.rereadWhile)} order by 1`,
    [partition, ...Object.values(cursor.rereadWhile)],
  );
  return rows.map(({ id }) => id);
}

/**
 * The newest load among a partition's parent rows: what a scan of their children has seen when it ends. Loads of events do
 * not count at first: packages with older ids may still be under way beside them.
 */
export async function newestParentLoad(
  { database, dataset, schema, resources }: TargetSource,
  { resource, partition }: PartitionTask,
): Promise<string | undefined> {
  if (resource.cursor.kind !== 'changed-parents') return undefined;
  const binding = Object.values(resource.bind).find(({ from }) => from === 'parent');
  const parent = binding?.from === 'parent' ? resources.get(binding.resource) : undefined;
  if (parent === undefined || !hasColumns(schema, parent, ['_dlt_load_id'])) return undefined;
  const { rows } = await database.query<{ newest: string | null }>(
    sql`select max(_dlt_load_id) as newest from ${qualified(dataset, parent.table)}
        where ${inPartition(parent)} and _dlt_load_id not in (${lateLoads(dataset)})`,
    [partition],
  );
  return rows[0]?.newest ?? undefined;
}

/** A project or group as it is stored. */
export interface StoredMember {
  readonly id: string;
  readonly path: string;
  /** The load that last changed its row. */
  readonly loadId: string;
}

/** The members of a scope that are stored: numeric id and full path. */
export async function storedMembers(
  { database, dataset, schema }: TargetSource,
  discoverer: ResourceSpec,
): Promise<readonly StoredMember[]> {
  const { discovers } = discoverer;
  if (discovers === undefined) return [];
  if (!hasColumns(schema, discoverer, ['id', discovers.pathField])) return [];
  const { rows } = await database.query<StoredMember>(
    sql`select id::text as id, ${identifier(discovers.pathField)} as path, _dlt_load_id as "loadId"
        from ${qualified(dataset, discoverer.table)} order by id`,
  );
  return rows;
}

/** When a partition's project or group was created; undefined where its row does not say. */
export async function memberCreatedAt(
  { database, dataset, schema, resources }: TargetSource,
  { resource, partition }: PartitionTask,
): Promise<string | undefined> {
  const scope = scopeOf(resource);
  const members = [...resources.values()].find(
    ({ discovers, on }) => on === 'schedule' && discovers?.scope === scope,
  );
  if (members === undefined || !hasColumns(schema, members, ['id', 'created_at'])) return undefined;
  if (schema.get(members.table)?.columns.get('created_at')?.type !== 'timestamp') return undefined;
  const { rows } = await database.query<{ created: string | null }>(
    sql`select to_char(min(created_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as created
        from ${qualified(dataset, members.table)} where id = $1::bigint`,
    [partition],
  );
  return rows[0]?.created ?? undefined;
}

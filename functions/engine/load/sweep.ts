import { childTables } from '../model/childTables.ts';
import { type ResourceSpec, scopeParameter } from '../model/resource.ts';
import type { Schema } from '../model/schema.ts';
import { type RowValues, singleColumns } from '../model/singlePath.ts';
import { identifier, qualified } from '../sql/identifier.ts';
import type { Database } from '../sql/pool.ts';
import { joined, literal, type Sql, sql } from '../sql/sql.ts';
import { type BelowDeleted, deleteBelow, deleteChildTables, returned } from './belowDeleted.ts';
import { tombstones } from './tombstones.ts';

/** The rows of one resource, told from others in its table, and where the keys are kept that scans have seen. */
export interface SweptRows {
  readonly database: Pick<Database, 'query'>;
  readonly dataset: string;
  readonly schema: Schema;
  readonly resource: ResourceSpec;
  /** Columns that are null in the rows of this resource alone. */
  readonly nullColumns: readonly string[];
  /** The state's table of keys, by partition and scan. */
  readonly ids: Sql;
  /** Whether a row `t` was written by this loader. */
  readonly isOwn: Sql;
  /** What is deleted together with such rows. */
  readonly below: readonly BelowDeleted[];
}

/** A finished scan of one partition; rows of loads after `before` were written since it began. */
export interface FinishedScan {
  readonly partition: string;
  readonly scanId: bigint;
  readonly before: string;
}

/** How many rows a partition has, and how many of them its scan did not see. */
export interface Missing {
  readonly rows: number;
  readonly missing: number;
}

/** A row that GitLab seems to have no longer. */
export interface Candidate {
  readonly id: string;
  readonly row: RowValues;
}

/** Whether the table has what a sweep needs: a dataset that somebody else made may lack it. */
export function canSweep({ schema, resource }: Pick<SweptRows, 'schema' | 'resource'>): boolean {
  const columns = schema.get(resource.table)?.columns;
  const scope = scopeParameter(resource);
  const needed = [...resource.primaryKey, ...(scope === undefined ? [] : [scope]), '_dlt_load_id'];
  const hasRootIds = childTables(schema, resource.table).every(
    ({ table }) => schema.get(table)?.columns.has('_dlt_root_id') === true,
  );
  return hasRootIds && needed.every((name) => columns?.has(name) === true);
}

/** Counts the rows of each partition and those that its scan did not see; reads the table once for all of them. */
export async function countMissing(
  swept: SweptRows,
  scans: readonly FinishedScan[],
): Promise<ReadonlyMap<string, Missing>> {
  const { database, dataset, resource } = swept;
  const { rows } = await database.query<Missing & { partition: string }>(
    sql`with ${scansAndSeen(swept)}
        select d.partition_key as partition, count(t._dlt_id)::int as rows,
          (count(t._dlt_id) filter (where t._dlt_load_id <= d.before and s.id is null))::int as missing
        from scan d left join ${qualified(dataset, resource.table)} t on ${belongs(swept)}
        left join seen s on s.id = t._dlt_id group by d.partition_key`,
    parameters(swept, scans),
  );
  return new Map(rows.map(({ partition, ...counts }) => [partition, counts]));
}

/** Reads the first rows of a partition, in the order of their ids, that its scan did not see. */
export async function readMissing(
  swept: SweptRows,
  scan: FinishedScan,
  limit: number,
): Promise<readonly Candidate[]> {
  const { database, dataset, schema, resource } = swept;
  const known = schema.get(resource.table)?.columns;
  const columns = [...new Set([...resource.primaryKey, ...singleColumns(resource)])]
    .filter((name) => known?.has(name) === true)
    .map((name) => sql`${literal(name)}, t.${identifier(name)}::text`);
  const { rows } = await database.query<{ id: string; row: RowValues }>(
    sql`with ${scansAndSeen(swept)}
        select t._dlt_id as id, jsonb_build_object(${joined(columns)}) as row
        from scan d join ${qualified(dataset, resource.table)} t on ${belongs(swept)}
        where t._dlt_load_id <= d.before and not exists (select from seen s where s.id = t._dlt_id)
        order by t._dlt_id limit $5::int`,
    [...parameters(swept, [scan]), limit],
  );
  return rows;
}

function scansAndSeen({ ids }: SweptRows): Sql {
  return sql`scan as (
      select * from unnest($1::text[], $2::bigint[], $3::text[]) as d (partition_key, scan_id, before)),
    seen as materialized (
      select distinct unnest(i.ids) as id from ${ids} i join scan d using (partition_key, scan_id)
      where i.resource = $4::text and i.kind = 'seen')`;
}

function parameters({ resource }: SweptRows, scans: readonly FinishedScan[]) {
  return [
    scans.map(({ partition }) => partition),
    scans.map(({ scanId }) => scanId),
    scans.map(({ before }) => before),
    resource.id,
  ] as const;
}

/** Whether a row `t` is of the resource and of the partition `d`. */
function belongs({ resource, schema, nullColumns, isOwn }: SweptRows): Sql {
  const columns = schema.get(resource.table)?.columns;
  const scope = scopeParameter(resource);
  const isNumber = scope !== undefined && columns?.get(scope)?.type === 'bigint';
  const key = isNumber ? sql`d.partition_key::bigint` : sql`d.partition_key`;
  return joined(
    [
      scope === undefined ? sql`true` : sql`t.${identifier(scope)} = ${key}`,
      ...nullColumns
        .filter((name) => columns?.has(name) === true)
        .map((name) => sql`t.${identifier(name)} is null`),
      isOwn,
    ],
    sql` and `,
  );
}

/** What one package deletes. */
export interface Deletion {
  readonly load: string;
  readonly scan: FinishedScan;
  readonly ids: readonly string[];
  /** Why, in one sentence. */
  readonly reason: string;
  /** What found out that they are gone; a sweep unless it is given. */
  readonly kind?: 'sweep' | 'webhook';
}

/**
 * Deletes rows with all that is below them, in child tables and in tables of other resources, and leaves a tombstone of each
 * row; rows that were written since the scan began stay. The statement gives the number of tombstones as `deleted`.
 */
export function deleteMissing(
  swept: Pick<SweptRows, 'dataset' | 'schema' | 'resource' | 'below'>,
  { load, scan, ids, reason, kind = 'sweep' }: Deletion,
): Sql {
  const { dataset, schema, resource, below } = swept;
  const scope = scopeParameter(resource);
  const inScope =
    scope === undefined
      ? sql`true`
      : sql`t.${identifier(scope)}::text = ${literal(scan.partition)}`;
  const first = { name: sql`gone`, resource };
  const gone = sql`gone as (
      delete from ${qualified(dataset, resource.table)} t where t._dlt_id in (${joined(ids.map(literal))})
        and t._dlt_load_id <= ${literal(scan.before)} and ${inScope}
      returning ${returned(schema, resource, below)})`;
  const lower = deleteBelow(swept, first, below);
  const buried = lower.gone.map(({ name, resource: { id, table } }, index) => {
    const why = index === 0 ? reason : 'The row that it stood below was deleted.';
    return sql`select ${literal(table)}, id, ${literal(id)}, key, last_load_id, ${literal(why)} from ${name}`;
  });
  const burial = sql`buried (table_name, row_id, resource, key, last_load_id, reason) as (${joined(buried, sql` union all `)}),
    tombs as (
      insert into ${tombstones(dataset)} (table_name, row_id, resource, partition_key, key, kind, reason, load_id, last_load_id)
      select table_name, row_id, resource, ${literal(scan.partition)}, key, ${literal(kind)}, reason, ${literal(load)}, last_load_id
      from buried
      on conflict (table_name, row_id) do update set key = excluded.key, kind = excluded.kind, reason = excluded.reason,
        deleted_at = excluded.deleted_at, load_id = excluded.load_id, last_load_id = excluded.last_load_id)`;
  const parts = [gone, ...deleteChildTables(swept, first), ...lower.parts, burial];
  return sql`with ${joined(parts)} select count(*)::int as deleted from buried`;
}

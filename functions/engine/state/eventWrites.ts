import type { ResourceSpec } from '../model/resource.ts';
import type { ContractViolation } from '../model/schema.ts';
import { joined, literal, type Sql, sql } from '../sql/sql.ts';
import { describeViolation } from './commits.ts';
import { stateNames } from './stateNames.ts';
import { countViolations } from './violations.ts';

/** A row that an event writes or deletes. */
export interface EventRow {
  readonly table: string;
  readonly id: string;
  readonly is: 'written' | 'gone';
}

/**
 * Notes the rows of an event that asked GitLab at `asked`; refuses it (GL011) when another event has written one of them
 * since. Taken in the order of their names, so that two events do not wait for each other.
 */
export function noteRows(dataset: string, rows: readonly EventRow[], asked: string): Sql {
  if (rows.length === 0) return sql``;
  const { table, schema } = stateNames(dataset);
  const inOrder = rows.toSorted((left, right) => (placeOf(left) < placeOf(right) ? -1 : 1));
  const values = inOrder.map(
    ({ table: name, id, is }) =>
      sql`(${literal(name)}, ${literal(id)}, clock_timestamp(), ${is === 'gone' ? sql`true` : sql`false`})`,
  );
  return sql`with noted as (
      insert into ${table('webhook_row')} as known (table_name, row_id, written_at, is_gone)
      values ${joined(values)} on conflict (table_name, row_id) do update
        set written_at = excluded.written_at, is_gone = excluded.is_gone
        where known.written_at < ${literal(asked)}::timestamptz returning 1)
    select ${schema}.refuse('GL011', 'another event has written a newer row')
    where (select count(*) from noted) < ${rows.length.toString() as Sql}`;
}

function placeOf({ table, id }: EventRow): string {
  return `${table} ${id}`;
}

/** A partition that a run has to read. */
export interface WantedPartition {
  readonly resource: string;
  readonly partition: string;
}

/** Partitions that an event is about. */
export interface ToldPartitions {
  /** Those whose rows it brings. */
  readonly fetched: readonly WantedPartition[];
  /** Those that the next run has to read. */
  readonly wanted: readonly WantedPartition[];
}

/**
 * Holds the partitions against packages of scans; refuses the event (GL011) when one was committed since it asked GitLab: its
 * page may be newer, also where it found the row as it was. Then makes partitions due, but for those that no scan has begun
 * to read since they were made so.
 */
export function holdPartitions(
  dataset: string,
  { fetched, wanted }: ToldPartitions,
  asked: string,
): Sql {
  const { table, schema } = stateNames(dataset);
  const all = [...fetched, ...wanted];
  if (all.length === 0) return sql``;
  const newest = sql`(select b.committed_at from ${table('batch')} b
    where b.resource = p.resource and b.partition_key = p.partition_key order by b.seq desc limit 1)`;
  const held = sql`select 1 from ${table('partition')} p where ${among(all)}
    order by resource, partition_key for no key update`;
  const check = sql`select ${schema}.refuse('GL011', 'a scan has brought a newer page')
    from ${table('partition')} p where ${among(fetched)} and ${newest} >= ${literal(asked)}::timestamptz limit 1`;
  const want = sql`update ${table('partition')} p set wanted_at = clock_timestamp()
    where ${among(wanted)} and (wanted_at is null or wanted_at <= coalesce(scan_started_at, '-infinity'))`;
  return joined([held, check, want], sql`;\n`);
}

function among(partitions: readonly WantedPartition[]): Sql {
  if (partitions.length === 0) return sql`false`;
  const pairs = partitions.map(
    ({ resource, partition }) => sql`(${literal(resource)}, ${literal(partition)})`,
  );
  return sql`(p.resource, p.partition_key) in (${joined(pairs)})`;
}

/** What the history keeps of an event's load. */
export interface EventLoad {
  readonly load: string;
  readonly runId: string;
  readonly resource: Pick<ResourceSpec, 'id'>;
  readonly rowsIn: number;
  readonly written: Sql;
  readonly touched: Sql;
}

/** Writes the history of an event's load, if it touched a table. */
export function recordEventLoad(
  dataset: string,
  { load, runId, resource, rowsIn, written, touched }: EventLoad,
): Sql {
  return sql`insert into ${stateNames(dataset).table('load')} (load_id, run_id, resource, rows_in, rows_written, origin)
    select ${literal(load)}, ${literal(runId)}::uuid, ${literal(resource.id)}, ${rowsIn.toString() as Sql},
      ${written}, 'webhook' where ${touched}`;
}

/** Notes that records of a resource, which the quarantine holds, have rows now. */
export function resolveRows(
  dataset: string,
  {
    resource,
    ids,
    load,
  }: { readonly resource: string; readonly ids: readonly string[]; readonly load: string },
): Sql {
  if (ids.length === 0) return sql``;
  return sql`update ${stateNames(dataset).table('quarantine')}
    set resolved_at = clock_timestamp(), resolved_load_id = ${literal(load)}
    where resource = ${literal(resource)} and resolved_at is null and row_id in (${joined(ids.map(literal))})`;
}

/** Counts what the contract left out of rows of one resource. */
export function violationsStatement(
  dataset: string,
  {
    resource,
    load,
    violations,
  }: {
    readonly resource: string;
    readonly load: string;
    readonly violations: readonly ContractViolation[];
  },
): Sql {
  if (violations.length === 0) return sql``;
  const described = JSON.stringify(violations.map(describeViolation));
  return countViolations(stateNames(dataset), {
    resource: literal(resource),
    load: literal(load),
    violations: sql`${literal(described)}::jsonb`,
  });
}

/** Keeps the records that the package's description says cannot be stored. */
export function quarantineStatement(dataset: string, load: string): Sql {
  return sql`select ${stateNames(dataset).schema}.quarantine_records(${literal(load)})`;
}

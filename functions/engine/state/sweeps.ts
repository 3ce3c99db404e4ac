import { type PartitionKey, partitionKey } from '../model/ids.ts';
import type { ResourceSpec } from '../model/resource.ts';
import { SWEEP_LIMITS } from '../model/sweep.ts';
import { literal, type Sql, sql } from '../sql/sql.ts';
import { FREE } from './leases.ts';
import type { ClaimContext } from './partitions.ts';
import { stateNames } from './stateNames.ts';

/** A finished scan whose unseen rows are to be looked for. */
export interface DueSweep {
  readonly partition: PartitionKey;
  readonly scanId: bigint;
  /** Rows of later loads were written since the scan began. */
  readonly before: string;
  /** A person has confirmed that any number of rows may go. */
  readonly isAllowed: boolean;
  /** Every package of the scan told what it saw, none too long before the others. */
  readonly isWhole: boolean;
}

/** Which due sweeps are asked for. */
export interface SweepRequest {
  readonly resource: ResourceSpec;
  readonly partition: string | undefined;
  readonly except: readonly string[];
  readonly limit: number;
}

/** A partition whose sweep may begin: nobody reads it, and no scan of it is under way. */
const IDLE = sql`sweep_status = 'due' and status = 'active' and scan_token is null
  and ${FREE}`;

/** Reads the finished scans whose unseen rows have not been looked for; claims nothing. */
export async function readDueSweeps(
  { database, dataset }: ClaimContext,
  { resource, partition, except, limit }: SweepRequest,
): Promise<readonly DueSweep[]> {
  const { table } = stateNames(dataset);
  const { rows } = await database.query<Omit<DueSweep, 'partition'> & { key: string }>(
    sql`select p.partition_key as key, p.sweep_scan as "scanId", p.sweep_before as before,
          p.sweep_allowed as "isAllowed", coalesce(${isWhole(dataset)}, false) as "isWhole"
        from ${table('partition')} p left join lateral (
          select count(distinct seq) as packages, min(seq) as first, max(seq) as last from ${table('sweep_ids')} i
          where i.resource = p.resource and i.partition_key = p.partition_key and i.scan_id = p.sweep_scan
            and i.kind = 'seen' and i.seq > 0) s on true
        where p.resource = $1::text and ${IDLE} and ($2::text is null or p.partition_key = $2::text)
          and p.partition_key <> all ($3::text[])
        order by p.swept_at nulls first limit $4::int`,
    [resource.id, partition ?? null, except, limit],
  );
  return rows.map(({ key, ...sweep }) => ({ partition: partitionKey(key), ...sweep }));
}

/** The packages of the scan have told what they saw from its first to its last; one without packages saw nothing. */
function isWhole(dataset: string): Sql {
  const batch = stateNames(dataset).table('batch');
  const own = sql`b.resource = p.resource and b.partition_key = p.partition_key and b.scan_id = p.sweep_scan`;
  const hours = SWEEP_LIMITS.scanHours.toString() as Sql;
  return sql`case when s.packages = 0
    then not exists (select from ${batch} b where ${own})
    else s.packages = s.last - s.first + 1 and (
      select last.token_after is null and last.committed_at < b.committed_at + interval '${hours} hours'
      from ${batch} b join ${batch} last on last.resource = b.resource and last.partition_key = b.partition_key
        and last.seq = s.last and last.scan_id = b.scan_id
      where ${own} and b.seq = s.first and b.token_before is null) end`;
}

/** Ends sweeps that have nothing to delete; `unknown` where their scans cannot tell what is gone. */
export async function settleSweeps(
  { database, dataset }: ClaimContext,
  resource: ResourceSpec,
  {
    sweeps,
    result,
  }: { readonly sweeps: readonly DueSweep[]; readonly result: 'swept' | 'unknown' },
): Promise<void> {
  if (sweeps.length === 0) return;
  const { table } = stateNames(dataset);
  await database.query(
    sql`with ended as (
          update ${table('partition')} p set sweep_status = null, sweep_note = null,
            sweep_allowed = p.sweep_allowed and not $4::boolean,
            swept_at = case when $4::boolean then clock_timestamp() else p.swept_at end
          from unnest($2::text[], $3::bigint[]) e (partition_key, scan_id)
          where p.resource = $1::text and p.partition_key = e.partition_key and p.sweep_scan = e.scan_id and ${IDLE}
          returning p.resource, p.partition_key, p.sweep_scan)
        delete from ${table('sweep_ids')} i using ended e
        where i.resource = e.resource and i.partition_key = e.partition_key and i.scan_id <= e.sweep_scan`,
    [
      resource.id,
      sweeps.map(({ partition }) => partition),
      sweeps.map(({ scanId }) => scanId),
      result === 'swept',
    ],
  );
}

/**
 * Stops the sweeps of a partition until a person decides; its rows stay and loading goes on. `settled` when another run has
 * ended this sweep meanwhile: what it saw is forgotten then, so that every row seemed to be missing.
 */
export async function haltSweep(
  { database, dataset }: ClaimContext,
  resource: ResourceSpec,
  { sweep, note }: { readonly sweep: DueSweep; readonly note: string },
): Promise<'halted' | 'settled'> {
  const { table } = stateNames(dataset);
  const { rows } = await database.query<{ halted: boolean }>(
    sql`with ended as (
          update ${table('partition')} p set sweep_status = 'halted', sweep_note = $4::text
          where p.resource = $1::text and p.partition_key = $2::text and p.sweep_scan = $3::bigint and ${IDLE}
          returning p.resource, p.partition_key),
        forgotten as (
          delete from ${table('sweep_ids')} i using ended e
          where i.resource = e.resource and i.partition_key = e.partition_key)
        select exists (select from ended) as halted`,
    [resource.id, sweep.partition, sweep.scanId, note],
  );
  return rows[0]?.halted === true ? 'halted' : 'settled';
}

/** Where the keys are kept that scans have seen. */
export function sweepIds(dataset: string): Sql {
  return stateNames(dataset).table('sweep_ids');
}

/** Whether a row `t` of a table was written by this loader, or adopted by it: rows of others are left alone. */
export function isOwnRow(dataset: string, tableName: string): Sql {
  return sql`t._dlt_load_id >= coalesce((select before_load from ${stateNames(dataset).table('taken_over')}
    where table_name = ${literal(tableName)}), '')`;
}

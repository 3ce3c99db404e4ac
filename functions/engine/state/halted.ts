import type { Database } from '../sql/pool.ts';
import { type Sql, sql } from '../sql/sql.ts';
import { stateNames } from './stateNames.ts';

/** A partition that failed when it was last read, or that is left alone until a person resumes it. */
export interface FailedPartition {
  readonly resource: string;
  readonly partition: string;
  /** Null for what waiting may mend. */
  readonly code: string | null;
  readonly lastError: string | null;
}

/** What is resumed; an absent part means every one. */
export interface HaltedChoice {
  readonly resource?: string;
  readonly partition?: string;
  /** `confirmed`: a person has looked, and the rows are really gone. */
  readonly deletes?: 'confirmed';
}

/** Reads the first halted partitions by their names. */
export function readHalted(
  database: Database,
  dataset: string,
  limit: number,
): Promise<readonly FailedPartition[]> {
  return readFailed(database, dataset, { where: sql`status = 'halted'`, limit });
}

/** Reads the first partitions by their names that failed and are tried again. */
export function readFailing(
  database: Database,
  dataset: string,
  limit: number,
): Promise<readonly FailedPartition[]> {
  return readFailed(database, dataset, { where: sql`status = 'active' and fail_count > 0`, limit });
}

async function readFailed(
  database: Database,
  dataset: string,
  { where, limit }: { readonly where: Sql; readonly limit: number },
): Promise<readonly FailedPartition[]> {
  const { rows } = await database.query<FailedPartition>(
    sql`select resource, partition_key as partition, failing_code as code, last_error as "lastError"
        from ${stateNames(dataset).table('partition')} where ${where}
        order by resource, partition_key limit $1::int`,
    [limit],
  );
  return rows;
}

/** Lets halted partitions be claimed again, at once and from where they stand; returns how many. */
export async function resumePartitions(
  database: Database,
  dataset: string,
  { resource, partition }: HaltedChoice,
): Promise<number> {
  const { rowCount } = await database.query(
    sql`update ${stateNames(dataset).table('partition')} set status = 'active', fail_count = 0, not_before = null,
          not_before_reason = null, failing_code = null, failing_runs = 0
        where status = 'halted' and resource = coalesce($1::text, resource)
          and partition_key = coalesce($2::text, partition_key)`,
    [resource ?? null, partition ?? null],
  );
  return rowCount;
}

/** A partition whose deletions wait for a person. */
export interface HaltedSweep {
  readonly resource: string;
  readonly partition: string;
  /** How many rows would go, in one sentence. */
  readonly note: string | null;
}

/** Reads the first partitions by their names whose deletions were stopped. */
export async function readHaltedSweeps(
  database: Database,
  dataset: string,
  limit: number,
): Promise<readonly HaltedSweep[]> {
  const { rows } = await database.query<HaltedSweep>(
    sql`select resource, partition_key as partition, sweep_note as note
        from ${stateNames(dataset).table('partition')} where sweep_status = 'halted'
        order by resource, partition_key limit $1::int`,
    [limit],
  );
  return rows;
}

/**
 * Lets the next scans look for deleted rows again, everything being read; with `deletes` confirmed each of these partitions may
 * delete any number of rows once. Returns how many there are.
 */
export async function resumeSweeps(
  database: Database,
  dataset: string,
  { resource, partition, deletes }: HaltedChoice,
): Promise<number> {
  const { rowCount } = await database.query(
    sql`update ${stateNames(dataset).table('partition')} set sweep_status = null, sweep_note = null, swept_at = null,
          sweep_allowed = $3::boolean
        where sweep_status = 'halted' and resource = coalesce($1::text, resource)
          and partition_key = coalesce($2::text, partition_key)`,
    [resource ?? null, partition ?? null, deletes === 'confirmed'],
  );
  return rowCount;
}

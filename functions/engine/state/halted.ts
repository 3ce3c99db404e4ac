import type { Database } from '../sql/pool.ts';
import { sql } from '../sql/sql.ts';
import { stateNames } from './stateNames.ts';

/** A partition that is left alone until a person resumes it. */
export interface HaltedPartition {
  readonly resource: string;
  readonly partition: string;
  readonly code: string | null;
  readonly lastError: string | null;
}

/** What is resumed; an absent part means every one. */
export interface HaltedChoice {
  readonly resource?: string;
  readonly partition?: string;
}

/** Reads the first halted partitions by their names. */
export async function readHalted(
  database: Database,
  dataset: string,
  limit: number,
): Promise<readonly HaltedPartition[]> {
  const { rows } = await database.query<HaltedPartition>(
    sql`select resource, partition_key as partition, failing_code as code, last_error as "lastError"
        from ${stateNames(dataset).table('partition')} where status = 'halted'
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

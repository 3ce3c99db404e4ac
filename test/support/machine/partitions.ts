import type { Database } from '../../../functions/engine/sql/pool.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import { stateTable } from '../run.ts';
import type { Standing } from './transitions.ts';

/** A partition of the jobs, and what decides whether a run may claim it. */
export interface Partition extends Standing {
  readonly key: string;
  readonly fence: bigint;
  readonly seq: bigint;
  readonly cursor: string | null;
  readonly token: string | null;
  readonly completeAsOf: Date | null;
  readonly failures: number;
  readonly failingRuns: number;
  /** `soon`: it may end before anybody looks. */
  readonly wait: 'none' | 'soon' | 'failure' | 'retry-after';
  readonly lease: 'none' | 'over' | 'held';
  /** Packages in the history, and the highest fence among them. */
  readonly packages: bigint;
  readonly packageFence: bigint;
}

/** Every partition of the jobs by its key. */
export type Partitions = ReadonlyMap<string, Partition>;

/** Reads the partitions with their history. */
export async function readPartitions(database: Pick<Database, 'query'>): Promise<Partitions> {
  const { rows } = await database.query<Partition>(
    sql`select partition_key as key, status, fence, seq, cursor_value as cursor, scan_token::text as token,
          case when owner is null then 'free' else 'claimed' end as claim,
          case when scan_token is null then 'complete' else 'scanning' end as scan,
          complete_as_of as "completeAsOf", fail_count as failures, failing_runs as "failingRuns",
          case when not_before is null or not_before <= clock_timestamp() then 'none'
               when not_before <= clock_timestamp() + interval '3 seconds' then 'soon'
               else not_before_reason end as wait,
          case when lease_until is null then 'none' when lease_until < clock_timestamp() then 'over'
               else 'held' end as lease,
          coalesce(h.packages, 0) as packages, coalesce(h.highest, 0) as "packageFence"
        from ${stateTable('partition')} p left join lateral (
          select count(*) as packages, max(b.fence) as highest from ${stateTable('batch')} b
          where b.resource = p.resource and b.partition_key = p.partition_key) h on true
        where resource = 'jobs'`,
  );
  return new Map(rows.map((row) => [row.key, row]));
}

/** Packages that were committed after an instant by whoever held a partition until then. */
export async function stalePackages(
  database: Pick<Database, 'query'>,
  taken: Partitions,
): Promise<readonly string[]> {
  const { rows } = await database.query<{ key: string; seq: bigint; fence: bigint }>(
    sql`select partition_key as key, seq, fence from ${stateTable('batch')} where resource = 'jobs'`,
  );
  return rows.flatMap(({ key, seq, fence }) => {
    const then = taken.get(key);
    const isStale = then !== undefined && seq > then.seq && fence < then.fence;
    return isStale ? [`package ${seq.toString()} of ${key} has fence ${fence.toString()}`] : [];
  });
}

/** Lets every lease end now, as time would. */
export async function expireLeases(database: Pick<Database, 'query'>): Promise<void> {
  await database.query(
    sql`update ${stateTable('partition')} set lease_until = clock_timestamp() - interval '1 second'
        where lease_until is not null`,
  );
}

/** Lets every wait end now, as time would. */
export async function expireWaits(database: Pick<Database, 'query'>): Promise<void> {
  await database.query(
    sql`update ${stateTable('partition')} set not_before = clock_timestamp() - interval '1 second'
        where not_before is not null`,
  );
}

/**
 * Lets runs send again at once: a wait that GitLab asks for binds every run with its token, which no partition shows, and
 * the laws are those of partitions.
 */
export async function endPauses(database: Pick<Database, 'query'>): Promise<void> {
  await database.query(sql`update ${stateTable('rate_budget')} set paused_until = null`);
}

/** Lets the moment pass in which a run counts as equal to the one before it. */
export async function endOpenings(database: Pick<Database, 'query'>): Promise<void> {
  await database.query(sql`delete from ${stateTable('meta')} where key like 'opening %'`);
}

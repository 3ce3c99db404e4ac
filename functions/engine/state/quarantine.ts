import type { ResourceSpec } from '../model/resource.ts';
import type { Database } from '../sql/pool.ts';
import { sql } from '../sql/sql.ts';
import { forgetRefused, rememberedHashes } from './refusedRecords.ts';
import { stateNames } from './stateNames.ts';

/** What is known of a resource's quarantined records, as long as no row of theirs was stored. */
export interface OpenRecords {
  /** The ids that their rows would have. */
  readonly rowIds: Set<string>;
  /** The hashes of those that the database refused, also where their package is not committed yet. */
  readonly refusedHashes: Set<string>;
}

/** Reads what packages must know of the records in quarantine. */
export async function readOpenRecords(
  database: Pick<Database, 'query'>,
  dataset: string,
  { id }: ResourceSpec,
): Promise<OpenRecords> {
  const { rows } = await database.query<{ id: string | null; hash: string | null }>(
    sql`select distinct row_id as id, case when reason = 'refused' then raw_sha256 end as hash
        from ${stateNames(dataset).table('quarantine')}
        where resource = $1::text and resolved_at is null and (row_id is not null or reason = 'refused')
        union select null, hash from (${rememberedHashes(dataset)}) remembered`,
    [id],
  );
  return {
    rowIds: new Set(rows.flatMap((row) => row.id ?? [])),
    refusedHashes: new Set(rows.flatMap(({ hash }) => hash ?? [])),
  };
}

/** Entries are kept for so long after their record was stored, or was shown for the last time. */
const DAYS_KEPT = 90;

/** A scan that sweeps takes three days at most: one that ended so long after a record was read has begun after that. */
const DAYS_UNTIL_UNSEEN = 7;

/**
 * Forgets entries whose record was stored long ago, and those of records that a whole list has not shown since. Any other
 * stands for a row that is missing, and stays.
 */
export async function forgetOldQuarantine(
  database: Pick<Database, 'query'>,
  dataset: string,
): Promise<void> {
  const { table } = stateNames(dataset);
  await database.query(forgetRefused(dataset));
  await database.query(
    sql`delete from ${table('quarantine')} q
        where coalesce(resolved_at, last_at) < clock_timestamp() - make_interval(days => $1::int)
          and (resolved_at is not null or exists (
            select from ${table('partition')} p
            where p.resource = q.resource and p.partition_key = q.partition_key
              and p.swept_at > q.last_at + make_interval(days => $2::int)))`,
    [DAYS_KEPT, DAYS_UNTIL_UNSEEN],
  );
}

/** How many records of a resource are in quarantine for one reason. */
export interface QuarantineStatus {
  readonly resource: string;
  readonly reason: string;
  /** Different records; those that were stored since count as resolved. */
  readonly open: number;
  readonly resolved: number;
  readonly lastAt: Date;
  /** Why the one that was read last could not be stored. */
  readonly explanation: string;
  /** Where that one was read last; `place` is among the records of the page, from 0. */
  readonly partition: string;
  readonly request: string;
  readonly place: number;
}

/** Reads what is in quarantine, by resource and reason. */
export async function readQuarantine(
  database: Pick<Database, 'query'>,
  dataset: string,
): Promise<readonly QuarantineStatus[]> {
  const { rows } = await database.query<QuarantineStatus>(
    sql`select resource, reason, (count(*) filter (where resolved_at is null))::int as open,
          (count(*) filter (where resolved_at is not null))::int as resolved, max(last_at) as "lastAt",
          (array_agg(explanation order by last_at desc, raw_sha256))[1] as explanation,
          (array_agg(partition_key order by last_at desc, raw_sha256))[1] as partition,
          (array_agg(request order by last_at desc, raw_sha256))[1] as request,
          (array_agg(place order by last_at desc, raw_sha256))[1] as place
        from ${stateNames(dataset).table('quarantine')} group by 1, 2 order by 1, 2`,
  );
  return rows;
}

import type { ResourceSpec } from '../model/resource.ts';
import type { Database } from '../sql/pool.ts';
import { sql } from '../sql/sql.ts';
import { stateNames } from './stateNames.ts';

/** The ids that rows of a resource's quarantined records would have, as long as no such row was stored. */
export async function readQuarantinedIds(
  database: Pick<Database, 'query'>,
  dataset: string,
  { id }: ResourceSpec,
): Promise<Set<string>> {
  const { rows } = await database.query<{ id: string }>(
    sql`select distinct row_id as id from ${stateNames(dataset).table('quarantine')}
        where resource = $1::text and resolved_at is null and row_id is not null`,
    [id],
  );
  return new Set(rows.map((row) => row.id));
}

/** The hashes of a resource's records that the database refused, as long as no row of theirs was stored. */
export async function readRefusedHashes(
  database: Pick<Database, 'query'>,
  dataset: string,
  { id }: ResourceSpec,
): Promise<Set<string>> {
  const { rows } = await database.query<{ hash: string }>(
    sql`select distinct raw_sha256 as hash from ${stateNames(dataset).table('quarantine')}
        where resource = $1::text and resolved_at is null and reason = 'refused'`,
    [id],
  );
  return new Set(rows.map(({ hash }) => hash));
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

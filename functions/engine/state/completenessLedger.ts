import type { CountSource } from '../model/completeness.ts';
import type { ResourceSpec } from '../model/resource.ts';
import type { Check } from '../sql/checks.ts';
import type { Database } from '../sql/pool.ts';
import { literal, type Sql, sql } from '../sql/sql.ts';
import type { ClaimContext } from './partitions.ts';
import { stateNames } from './stateNames.ts';

/** What the state knows of one partition before GitLab is asked. */
export interface LedgerEntry {
  readonly partition: string;
  /** `hidden`: GitLab refuses it, or it has left the scope. `unread`: it was never read to its end, or is halted. */
  readonly standing: 'read' | 'hidden' | 'unread';
  /** When its last finished scan began, by the database's clock. */
  readonly readAt: Date | null;
  readonly cursor: string | null;
  readonly expected: number | null;
  readonly source: CountSource | null;
  readonly countedAt: Date | null;
  readonly landed: number | null;
  /** Rows that sweeps have deleted since `landed` was counted. */
  readonly deleted: number;
}

/** Reads every partition of a resource. */
export async function readLedger(
  { database, dataset }: Pick<ClaimContext, 'database' | 'dataset'>,
  { id }: ResourceSpec,
  partition: string | undefined,
): Promise<readonly LedgerEntry[]> {
  const { table } = stateNames(dataset);
  const { rows } = await database.query<LedgerEntry>(
    sql`select p.partition_key as partition,
          case when p.status in ('inaccessible', 'gone') or g.resource is not null then 'hidden'
               when p.status = 'halted' or p.complete_as_of is null then 'unread' else 'read' end as standing,
          p.complete_as_of as "readAt", p.cursor_value as cursor, c.expected::float8 as expected, c.source,
          c.counted_at as "countedAt", c.landed::float8 as landed, ${deletedSince(dataset)}::float8 as deleted
        from ${table('partition')} p
        left join ${table('completeness')} c using (resource, partition_key)
        left join ${table('access_gap')} g on g.resource = p.resource and g.partition_key = p.partition_key
          and g.closed_at is null
        where p.resource = $1::text and ($2::text is null or p.partition_key = $2::text) order by 1`,
    [id, partition ?? null],
  );
  return rows;
}

/** Rows of a partition `c` that sweeps have deleted since its rows were counted. */
function deletedSince(dataset: string): Sql {
  return sql`(select count(*) from ${stateNames(dataset).table('tombstone')} s
    where s.resource = c.resource and s.partition_key = c.partition_key and s.deleted_at > c.landed_at)`;
}

/** A record that could not be stored: the id that its row would have, where its key is known. */
export interface HeldRecord {
  readonly partition: string;
  readonly rowId: string | null;
}

/** The records of a resource in quarantine whose row is not stored; `isStored` says so of a row id `q.row_id`. */
export async function readHeldRecords(
  { database, dataset }: Pick<ClaimContext, 'database' | 'dataset'>,
  { id }: ResourceSpec,
  isStored: Sql,
): Promise<readonly HeldRecord[]> {
  const { rows } = await database.query<HeldRecord>(
    sql`select distinct on (partition_key, coalesce(row_id, raw_sha256)) partition_key as partition, row_id as "rowId"
        from ${stateNames(dataset).table('quarantine')} q
        where resource = $1::text and resolved_at is null and not ${isStored}
        order by partition_key, coalesce(row_id, raw_sha256)`,
    [id],
  );
  return rows;
}

/** How complete a resource is, as far as the ledger knows. */
export interface CompletenessStatus {
  readonly resource: string;
  /** Partitions of which GitLab has told the number of rows. */
  readonly counted: number;
  readonly partitions: number;
  readonly expected: number;
  readonly landed: number;
  /** The oldest of the counts. */
  readonly countedAt: Date;
}

/** Adds the ledger up by resource; those of which nothing was counted are left out. */
export async function readCompleteness(
  database: Pick<Database, 'query'>,
  dataset: string,
): Promise<readonly CompletenessStatus[]> {
  const { table } = stateNames(dataset);
  const { rows } = await database.query<CompletenessStatus>(
    sql`select p.resource, count(c.landed)::int as counted, count(*)::int as partitions,
          sum(c.expected) filter (where c.landed is not null)::float8 as expected,
          sum(c.landed)::float8 as landed, min(c.counted_at) filter (where c.landed is not null) as "countedAt"
        from ${table('partition')} p left join ${table('completeness')} c
          on c.resource = p.resource and c.partition_key = p.partition_key and c.expected is not null
        where p.status not in ('gone', 'inaccessible') group by 1 having count(c.landed) > 0 order by 1`,
  );
  return rows;
}

/**
 * A partition has at least the rows that were counted after its last whole scan, less those that sweeps have deleted;
 * `counts` selects `key` and `rows` of all partitions that have rows. Nobody knows why others deleted rows: a notice.
 */
export function vanishedCheck(
  dataset: string,
  {
    resource,
    where,
    counts,
  }: { readonly resource: string; readonly where: string; readonly counts: Sql },
): Check {
  return {
    ...{
      invariant: 'I19',
      where,
      promise: `no row of ${resource} has vanished since it was counted`,
    },
    rows: sql`select resource || coalesce('/' || nullif(partition_key, ''), '') as key, true as excused
      from ${stateNames(dataset).table('completeness')} c left join (${counts}) n on n.key = c.partition_key
      where resource = ${literal(resource)} and coalesce(n.rows, 0) + ${deletedSince(dataset)} < c.landed`,
    notice: `partitions of ${resource} with fewer rows than were counted; verify --repair fetches them again`,
  };
}

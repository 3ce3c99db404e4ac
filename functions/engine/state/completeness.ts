import type { ListCount } from '../model/completeness.ts';
import type { LoadPackage } from '../model/package.ts';
import type { ResourceSpec } from '../model/resource.ts';
import { joined, literal, type Sql, sql } from '../sql/sql.ts';
import type { ClaimContext } from './partitions.ts';
import { type StateNames, stateNames } from './stateNames.ts';

/** How many rows GitLab said that a partition has, and how many were stored then. */
export function completenessTable({ table }: StateNames): Sql {
  return sql`
create table ${table('completeness')} (
  resource text not null,
  partition_key text not null,
  scan_id bigint not null,
  expected bigint,
  source text check (source in ('x-total', 'issues_statistics', 'whole-scan')),
  counted_at timestamptz not null default clock_timestamp(),
  landed bigint,
  landed_at timestamptz,
  primary key (resource, partition_key),
  check ((expected is null) = (source is null)),
  check ((landed is null) = (landed_at is null))
);
comment on table ${table('completeness')} is 'how many rows GitLab said that a partition has, and how many were stored when its scan had ended';
comment on column ${table('completeness')}.expected is 'null where GitLab does not tell: above 10,000 rows, and of jobs';
comment on column ${table('completeness')}.source is 'x-total: a header of the list; whole-scan: the rows of a list that was read from its beginning to its end';`;
}

/** Keeps what the pages of a package told of their lists, in its transaction; '' where they told nothing. */
export function recordCountsStatement(
  dataset: string,
  { resource, advances }: Pick<LoadPackage, 'resource' | 'advances'>,
): Sql {
  const counted = advances
    .flatMap(({ partition, scanId, count }) =>
      count === undefined ? [] : [{ partition, scanId, count }],
    )
    .toSorted((left, right) => (left.partition < right.partition ? -1 : 1));
  if (counted.length === 0) return sql``;
  const values = counted.map(
    ({ partition, scanId, count: { expected, source } }) =>
      sql`(${literal(resource.id)}, ${literal(partition)}, ${String(scanId) as Sql}, ${
        String(expected ?? 'null') as Sql
      }, ${source === null ? sql`null` : literal(source)})`,
  );
  return sql`insert into ${stateNames(dataset).table('completeness')} as known
    (resource, partition_key, scan_id, expected, source) values ${joined(values)}
    on conflict (resource, partition_key) do update set scan_id = excluded.scan_id, expected = excluded.expected,
      source = excluded.source, counted_at = excluded.counted_at
    where (known.scan_id, known.expected, known.source)
      is distinct from (excluded.scan_id, excluded.expected, excluded.source)`;
}

/** The same of a scan without a package, as part of a statement where `ended` is its partition; `$5` are its rows. */
export function recordEmptyCount({ table }: StateNames): Sql {
  return sql`insert into ${table('completeness')} as known
      (resource, partition_key, scan_id, expected, source, landed, landed_at)
    select resource, partition_key, scan_id, $5::bigint, $6::text, $5::bigint, clock_timestamp() from ended
    where $5::bigint is not null
    on conflict (resource, partition_key) do update set scan_id = excluded.scan_id, expected = excluded.expected,
      source = excluded.source, counted_at = excluded.counted_at, landed = excluded.landed, landed_at = excluded.landed_at
    where known.expected is distinct from excluded.expected`;
}

type Store = Pick<ClaimContext, 'database' | 'dataset'>;

/** The counted partitions of a resource whose scan has ended since their rows were counted in the dataset. */
export async function readUncounted(
  { database, dataset }: Store,
  { id }: ResourceSpec,
): Promise<readonly string[]> {
  const { table } = stateNames(dataset);
  const { rows } = await database.query<{ partition: string }>(
    sql`select c.partition_key as partition from ${table('completeness')} c
        join ${table('partition')} p using (resource, partition_key)
        where c.resource = $1::text and p.scan_token is null and p.complete_as_of is not null
          and (landed_at is null or landed_at < counted_at) order by 1`,
    [id],
  );
  return rows.map(({ partition }) => partition);
}

/** What was counted of one partition. */
export interface PartitionCount {
  readonly partition: string;
  /** Rows that are stored. */
  readonly landed: number;
  /** Set where GitLab was asked. */
  readonly count?: ListCount;
}

/** Notes how many rows are stored, and what GitLab said where it was asked. */
export async function noteCounts(
  { database, dataset }: Store,
  { id }: ResourceSpec,
  counts: readonly PartitionCount[],
): Promise<void> {
  if (counts.length === 0) return;
  const { table } = stateNames(dataset);
  const asked = counts.filter(({ count }) => count !== undefined);
  await database.query(
    sql`insert into ${table('completeness')} (resource, partition_key, scan_id, expected, source)
        select $1::text, key, p.scan_id, expected, source
        from unnest($2::text[], $3::bigint[], $4::text[]) as n (key, expected, source)
        join ${table('partition')} p on p.resource = $1::text and p.partition_key = key order by key
        on conflict (resource, partition_key) do update set scan_id = excluded.scan_id, expected = excluded.expected,
          source = excluded.source, counted_at = excluded.counted_at`,
    [
      id,
      asked.map(({ partition }) => partition),
      asked.map(({ count }) => count?.expected ?? null),
      asked.map(({ count }) => count?.source ?? null),
    ],
  );
  await database.query(
    sql`update ${table('completeness')} c set landed = n.landed, landed_at = clock_timestamp()
        from (select known.partition_key as key, n.landed from ${table('completeness')} known
              join unnest($2::text[], $3::bigint[]) as n (key, landed) on n.key = known.partition_key
              where known.resource = $1::text order by known.partition_key for update of known) n
        where c.resource = $1::text and c.partition_key = n.key`,
    [id, counts.map(({ partition }) => partition), counts.map(({ landed }) => landed)],
  );
}

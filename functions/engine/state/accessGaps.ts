import type { AccessGap, GapChange, GapClass } from '../model/accessGap.ts';
import type { Database } from '../sql/pool.ts';
import { type Sql, sql } from '../sql/sql.ts';
import type { ClaimContext } from './partitions.ts';
import { type StateNames, stateNames } from './stateNames.ts';

/** What GitLab refuses and why, one row for each partition however often it is asked for. */
export function accessGapTable({ table }: StateNames): Sql {
  return sql`
create table ${table('access_gap')} (
  resource text not null,
  partition_key text not null,
  status int not null,
  class text not null check
    (class in ('no-permission', 'feature-off', 'tier', 'archived', 'pending-deletion', 'gone', 'not-visible')),
  message text not null,
  first_seen timestamptz not null default clock_timestamp(),
  last_seen timestamptz not null default clock_timestamp(),
  closed_at timestamptz,
  told_class text,
  alerted_at timestamptz,
  primary key (resource, partition_key)
);
comment on table ${table('access_gap')} is 'partitions that GitLab refuses; of the resource that lists them, projects and groups that left its list';
comment on column ${table('access_gap')}.message is 'what GitLab said, without anything that may be a secret';
comment on column ${table('access_gap')}.told_class is 'the class that a run has told; null when it has told that the gap is closed';

alter table ${table('partition')} drop constraint if exists partition_not_before_reason_check;
alter table ${table('partition')} add constraint partition_not_before_reason_check
  check (not_before_reason in ('failure', 'retry-after', 'no-access'));
comment on column ${table('partition')}.not_before_reason is 'no-access: asking again soon is of no use, see access_gap';`;
}

type Store = Pick<ClaimContext, 'database' | 'dataset'>;

/** Notes a refusal; a gap that was closed begins anew. */
export async function noteGap(
  { database, dataset }: Store,
  gap: Omit<AccessGap, 'since'>,
): Promise<void> {
  await database.query(
    sql`insert into ${stateNames(dataset).table('access_gap')} as known
          (resource, partition_key, status, class, message)
        values ($1::text, $2::text, $3::int, $4::text, $5::text)
        on conflict (resource, partition_key) do update set
          status = excluded.status, class = excluded.class, message = excluded.message,
          first_seen = case when known.closed_at is null then known.first_seen else excluded.first_seen end,
          last_seen = excluded.last_seen, closed_at = null`,
    [gap.resource, gap.partition, gap.status, gap.class, gap.message],
  );
}

/** Closes the gaps of partitions that were read to their end since GitLab refused them. */
export async function closeReadGaps({ database, dataset }: Store, resource: string): Promise<void> {
  const { table } = stateNames(dataset);
  await database.query(
    sql`update ${table('access_gap')} g set closed_at = clock_timestamp() from ${table('partition')} p
        where g.resource = $1::text and g.closed_at is null and p.resource = g.resource
          and p.partition_key = g.partition_key and p.status = 'active' and p.complete_as_of > g.last_seen`,
    [resource],
  );
}

/** Closes the gaps of projects or groups that their list shows again, or that are no longer asked for. */
export async function closeListedGaps(
  { database, dataset }: Store,
  resource: string,
  left: readonly string[],
): Promise<void> {
  await database.query(
    sql`update ${stateNames(dataset).table('access_gap')} set closed_at = clock_timestamp()
        where resource = $1::text and partition_key <> '' and closed_at is null and partition_key <> all ($2::text[])`,
    [resource, left],
  );
}

/** Takes what nobody has been told yet; each change is given to one caller. */
export async function takeGapChanges(
  { database, dataset }: Store,
  resource: string,
): Promise<readonly GapChange[]> {
  const { table } = stateNames(dataset);
  const { rows } = await database.query<GapChange>(
    sql`with untold as (
          select resource, partition_key, told_class from ${table('access_gap')}
          where resource = $1::text and case when closed_at is null then told_class is distinct from class
                                             else told_class is not null end
          order by partition_key for update skip locked)
        update ${table('access_gap')} g set alerted_at = clock_timestamp(),
          told_class = case when g.closed_at is null then g.class end
        from untold u where g.resource = u.resource and g.partition_key = u.partition_key
        returning case when g.closed_at is not null then 'closed' when u.told_class is null then 'opened'
                       else 'changed' end as change,
          g.resource, g.partition_key as partition, g.status, g.class, g.message, g.first_seen as since`,
    [resource],
  );
  return rows.toSorted((left, right) => (left.partition < right.partition ? -1 : 1));
}

/** The partitions of a resource that have an open gap. */
export async function openGaps(
  { database, dataset }: Store,
  resource: string,
): Promise<readonly string[]> {
  const { rows } = await database.query<{ partition: string }>(
    sql`select partition_key as partition from ${stateNames(dataset).table('access_gap')}
        where resource = $1::text and closed_at is null order by 1`,
    [resource],
  );
  return rows.map(({ partition }) => partition);
}

/** A project or group with the load that last changed its row. */
export interface LoadedMember {
  readonly id: string;
  readonly loadId: string;
}

/** Lets partitions be asked again whose project or group has changed since GitLab refused them. */
export async function endRest(
  { database, dataset }: Store,
  resource: string,
  members: readonly LoadedMember[],
): Promise<void> {
  const { table } = stateNames(dataset);
  await database.query(
    sql`update ${table('partition')} p set not_before = null, not_before_reason = null
        from ${table('access_gap')} g
        join unnest($2::text[], $3::text[]) m (id, load_id) on m.id = g.partition_key
        where g.resource = $1::text and g.closed_at is null and p.resource = g.resource
          and p.partition_key = g.partition_key and p.not_before_reason = 'no-access'
          and m.load_id ~ '^[0-9]+[.][0-9]+$' and m.load_id::numeric > extract(epoch from g.last_seen)`,
    [resource, members.map(({ id }) => id), members.map(({ loadId }) => loadId)],
  );
}

/** Open gaps of one resource and class. */
export interface GapStatus {
  readonly resource: string;
  readonly class: GapClass;
  readonly count: number;
  readonly since: Date;
  /** One of them, with what GitLab said. */
  readonly partition: string;
  readonly status: number;
  readonly message: string;
}

/** Adds the open gaps up by class; those of partitions that rest because of their project or the scope are left out. */
export async function readGaps(
  database: Pick<Database, 'query'>,
  dataset: string,
): Promise<readonly GapStatus[]> {
  const { table } = stateNames(dataset);
  const { rows } = await database.query<GapStatus>(
    sql`select g.resource, g.class, count(*)::int as count, min(first_seen) as since,
          (array_agg(g.partition_key order by first_seen, g.partition_key))[1] as partition,
          (array_agg(g.status order by first_seen, g.partition_key))[1] as status,
          (array_agg(g.message order by first_seen, g.partition_key))[1] as message
        from ${table('access_gap')} g left join ${table('partition')} p
          on p.resource = g.resource and p.partition_key = g.partition_key
        where closed_at is null and p.status is distinct from 'gone'
        group by 1, 2 order by 2, 1`,
  );
  return rows;
}

import { loadId, partitionKey, type RunId } from '../model/ids.ts';
import type { PartitionTask, ScanToken } from '../model/position.ts';
import type { ResourceSpec } from '../model/resource.ts';
import type { Database } from '../sql/pool.ts';
import { sql } from '../sql/sql.ts';
import { isDue } from './due.ts';
import { FREE } from './leases.ts';
import { stateNames } from './stateNames.ts';
import { beginSweeps, KEEPS_SEEN } from './sweepClaims.ts';

/** Where the claims of one run are kept. */
export interface ClaimContext {
  readonly database: Database;
  readonly dataset: string;
  readonly runId: RunId;
  readonly leaseSeconds: number;
}

/** What is claimed, oldest first: partitions whose last finished scan began before `asOf` or before their parents'. */
export interface ClaimRequest {
  readonly resource: ResourceSpec;
  readonly asOf: Date;
  readonly limit: number;
  readonly partition: string | undefined;
  /** A person who starts a run does not wait for the back-off after failures, and `ignore-all` not for lacking access. */
  readonly backoff: 'respect' | 'ignore' | 'ignore-all';
  /** Partitions that this run has given up. */
  readonly except: readonly string[];
  /** Hours after which a partition is due although its project or group was quiet; 0 or none: with every run. */
  readonly quietHours?: number | undefined;
  /** Hours since the last sweep after which a scan keeps what it sees, 0 for each; none without it. */
  readonly sweepEveryHours?: number | undefined;
}

/** How many partitions are still due, and when the first that others hold comes free. */
export interface Remaining {
  readonly due: number;
  readonly held: number;
  /** Claimed by this run, due or not. */
  readonly own: number;
  /** Left alone for a while after a failure, or because GitLab asked to wait; not those that GitLab refuses. */
  readonly waiting: number;
  /** Left alone until a person resumes them. */
  readonly halted: number;
  /** Milliseconds until the first lease ends; undefined when nothing is held. */
  readonly freeInMilliseconds: number | undefined;
}

/** Adds the partitions that the state lacks; those that the scope has left out rest as gone until it admits them. */
export async function syncPartitions(
  { database, dataset }: ClaimContext,
  resource: ResourceSpec,
  {
    admitted,
    excluded,
  }: { readonly admitted: readonly string[]; readonly excluded: readonly string[] },
): Promise<void> {
  const { table } = stateNames(dataset);
  await database.query(
    sql`with added as (
          insert into ${table('partition')} (resource, partition_key)
          select $1::text, key from unnest($2::text[]) key
          where not exists (select from ${table('partition')} p where p.resource = $1::text and p.partition_key = key)
          on conflict do nothing)
        update ${table('partition')} set status = case status when 'gone' then 'active' else 'gone' end,
          not_before = case when status <> 'gone' or not_before_reason is distinct from 'no-access' then not_before end
        where resource = $1::text
          and (status = 'gone' and partition_key = any ($2::text[])
               or status in ('active', 'inaccessible') and partition_key = any ($3::text[]))`,
    [resource.id, admitted, excluded],
  );
}

interface ClaimedRow {
  readonly partition_key: string;
  readonly fence: bigint;
  readonly seq: bigint;
  readonly scan_id: bigint;
  readonly last_load: string | null;
  readonly cursor_value: string | null;
  readonly scan_token: ScanToken | null;
  readonly sweeps: boolean;
}

/** No failure or `Retry-After` asks to wait. */
export const READY = sql`(not_before is null or not_before <= clock_timestamp()
  or ($4::text <> 'respect' and not_before_reason is distinct from 'retry-after'
      and ($4::text = 'ignore-all' or not_before_reason is distinct from 'no-access')))`;

/** Claims due partitions for `leaseSeconds`; partitions that another run holds are passed over without waiting. */
export async function claimPartitions(
  context: ClaimContext,
  request: ClaimRequest,
): Promise<readonly PartitionTask[]> {
  const { database, dataset, runId, leaseSeconds } = context;
  const names = stateNames(dataset);
  const { table } = names;
  await endOrphanedTransactions(context, request.resource);
  const { rows } = await database.query<ClaimedRow>(
    sql`with due as (
          select resource, partition_key from ${table('partition')} own
          where resource = $1::text and ${isDue(request.resource, names, request.quietHours ?? 0)} and ${READY} and ${FREE}
          order by complete_as_of nulls first, updated_at limit $6::int for update skip locked)
        update ${table('partition')} p set
          fence = fence + 1, owner = $7::uuid,
          lease_until = clock_timestamp() + make_interval(secs => $8::float8),
          scan_id = scan_id + (scan_token is null)::int,
          scan_started_at = case when scan_token is null then clock_timestamp() else scan_started_at end,
          ${beginSweeps(names, sql`$9`)}
        from due where p.resource = due.resource and p.partition_key = due.partition_key
        returning p.partition_key, p.fence, p.seq, p.scan_id, p.last_load, p.cursor_value, p.scan_token,
          ${KEEPS_SEEN} as sweeps`,
    [...dueValues(request), request.limit, runId, leaseSeconds, request.sweepEveryHours ?? null],
  );
  return rows.map((row) => ({
    resource: request.resource,
    partition: partitionKey(row.partition_key),
    fence: row.fence,
    seq: row.seq,
    scanId: row.scan_id,
    ...(row.last_load === null ? {} : { lastLoad: loadId(row.last_load) }),
    cursor: row.cursor_value ?? undefined,
    token: row.scan_token ?? undefined,
    ...(row.sweeps ? { sweeps: true } : {}),
  }));
}

/** The values of `isDue` and `READY`, $1 to $5. */
export function dueValues({ resource, asOf, partition, backoff, except }: ClaimRequest) {
  return [resource.id, asOf, partition ?? null, backoff, except] as const;
}

/** A run that lost its lease may still sit in a transaction: its backend is ended, so that its locks are free. */
async function endOrphanedTransactions(
  { database, dataset }: ClaimContext,
  resource: ResourceSpec,
): Promise<void> {
  const { table } = stateNames(dataset);
  await database.query(
    sql`select pg_terminate_backend(a.pid) from pg_stat_activity a
        where a.xact_start is not null and a.usename = current_user and a.application_name in (
          select distinct 'gitlab-alloydb/' || owner from ${table('partition')}
          where resource = $1::text and owner is not null and ${FREE})`,
    [resource.id],
  );
}

/** Counts what is left of a request after its claims. */
export async function remainingPartitions(
  { database, dataset, runId }: ClaimContext,
  request: ClaimRequest,
): Promise<Remaining> {
  const names = stateNames(dataset);
  const { table } = names;
  const { rows } = await database.query<{
    due: number;
    held: number;
    own: number;
    waiting: number;
    halted: number;
    wait: number | null;
  }>(
    sql`select (count(*) filter (where ${READY} and ${FREE}))::int as due,
               (count(*) filter (where not ${FREE}))::int as held,
               (select count(*) from ${table('partition')} o where resource = $1::text and owner = $6::uuid)::int as own,
               (count(*) filter (where not ${READY} and ${FREE} and status = 'active'))::int as waiting,
               (select count(*) from ${table('partition')} h where resource = $1::text and status = 'halted'
                  and ($3::text is null or partition_key = $3::text))::int as halted,
               (extract(epoch from min(lease_until) filter (where not ${FREE}) - clock_timestamp()) * 1000)::float8 as wait
        from ${table('partition')} own where resource = $1::text and ${isDue(request.resource, names, request.quietHours ?? 0)}`,
    [...dueValues(request), runId],
  );
  const { due = 0, held = 0, own = 0, waiting = 0, halted = 0, wait = null } = rows[0] ?? {};
  return { due, held, own, waiting, halted, freeInMilliseconds: wait ?? undefined };
}

/** Prolongs every lease of this run. */
export async function renewLeases({
  database,
  dataset,
  runId,
  leaseSeconds,
}: ClaimContext): Promise<void> {
  const { table } = stateNames(dataset);
  await database.query(
    sql`update ${table('partition')} set lease_until = clock_timestamp() + make_interval(secs => $2::float8)
        where owner = $1::uuid and lease_until is not null`,
    [runId, leaseSeconds],
  );
}

/** Gives back every partition that this run still holds, of one resource or of all, where it stands. */
export async function releaseAll(
  { database, dataset, runId }: ClaimContext,
  resource?: ResourceSpec,
): Promise<void> {
  const { table } = stateNames(dataset);
  await database.query(
    sql`update ${table('partition')} set owner = null, lease_until = null
        where owner = $1::uuid and resource = coalesce($2::text, resource)`,
    [runId, resource?.id ?? null],
  );
}

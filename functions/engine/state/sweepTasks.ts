import type { RunId } from '../model/ids.ts';
import type { ResourceSpec } from '../model/resource.ts';
import type { Session } from '../sql/session.ts';
import { literal, type Sql, sql } from '../sql/sql.ts';
import { FREE } from './leases.ts';
import type { ClaimContext } from './partitions.ts';
import { stateNames } from './stateNames.ts';
import type { DueSweep } from './sweeps.ts';

/** A sweep whose partition this run holds. */
export interface SweepTask extends DueSweep {
  readonly resource: ResourceSpec;
  readonly fence: bigint;
  /** Packages committed so far; the token of the compare-and-set. */
  readonly seq: bigint;
}

/** Claims the partition of a due sweep as a scan claims it; undefined when somebody else was first. */
export async function claimSweep(
  { database, dataset, runId, leaseSeconds }: ClaimContext,
  resource: ResourceSpec,
  sweep: DueSweep,
): Promise<SweepTask | undefined> {
  const { table } = stateNames(dataset);
  const { rows } = await database.query<{ fence: bigint; seq: bigint }>(
    sql`update ${table('partition')} set fence = fence + 1, owner = $4::uuid,
          lease_until = clock_timestamp() + make_interval(secs => $5::float8)
        where resource = $1::text and partition_key = $2::text and sweep_scan = $3::bigint and sweep_status = 'due'
          and status = 'active' and scan_token is null and ${FREE}
        returning fence, seq`,
    [resource.id, sweep.partition, sweep.scanId, runId, leaseSeconds],
  );
  const [row] = rows;
  return row === undefined ? undefined : { ...sweep, ...row, resource };
}

/** Ends a claimed sweep and gives its partition back; `absent` are rows that the next whole scan must lack too. */
export async function finishSweep(
  { database, dataset }: ClaimContext,
  task: SweepTask,
  { result, absent }: { readonly result: 'swept' | 'unknown'; readonly absent: readonly string[] },
): Promise<void> {
  const { table } = stateNames(dataset);
  await database.query(
    sql`with ended as (
          update ${table('partition')} set sweep_status = null, sweep_note = null, owner = null, lease_until = null,
            sweep_allowed = sweep_allowed and not $5::boolean,
            swept_at = case when $5::boolean then clock_timestamp() else swept_at end
          where resource = $1::text and partition_key = $2::text and sweep_scan = $3::bigint and fence = $4::bigint
          returning resource, partition_key, sweep_scan),
        kept as (
          insert into ${table('sweep_ids')} (resource, partition_key, scan_id, seq, kind, ids)
          select resource, partition_key, sweep_scan, 0, 'absent', $6::text[] from ended where cardinality($6::text[]) > 0)
        delete from ${table('sweep_ids')} i using ended e
        where i.resource = e.resource and i.partition_key = e.partition_key and i.scan_id <= e.sweep_scan`,
    [task.resource.id, task.partition, task.scanId, task.fence, result === 'swept', absent],
  );
}

/** Notes that GitLab still has rows which the scan did not see, so that they are not asked for again. */
export async function recordAlive(
  { database, dataset }: ClaimContext,
  { resource, partition, scanId }: SweepTask,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return;
  await database.query(
    sql`insert into ${stateNames(dataset).table('sweep_ids')} (resource, partition_key, scan_id, seq, kind, ids)
        values ($1::text, $2::text, $3::bigint, 0, 'seen', $4::text[])`,
    [resource.id, partition, scanId, ids],
  );
}

/** The rows that the partition's last whole scan before this one lacked too. */
export async function readAbsent(
  { database, dataset }: ClaimContext,
  { resource, partition, scanId }: SweepTask,
): Promise<ReadonlySet<string>> {
  const { rows } = await database.query<{ id: string }>(
    sql`select unnest(ids) as id from ${stateNames(dataset).table('sweep_ids')}
        where resource = $1::text and partition_key = $2::text and scan_id < $3::bigint and kind = 'absent'`,
    [resource.id, partition, scanId],
  );
  return new Set(rows.map(({ id }) => id));
}

/** Gives the last message of a package of deletions its parameters; the partition's position stays as it is. */
export async function describeSweep(
  session: Session,
  { resource, partition, fence, seq, scanId }: SweepTask,
  { load, runId, leaseSeconds, request }: SweepFacts,
): Promise<void> {
  const advance = {
    ...{ partition, fence: fence.toString(), seq: seq.toString(), scan_id: scanId.toString() },
    ...{ token_before: null, token_after: null, finished: false, cursor: null },
    ...{ request, body_sha256: '', rows_in: 0 },
  };
  const description = {
    ...{ resource: resource.id, run_id: runId, load_id: load, lease_seconds: leaseSeconds },
    advances: [advance],
  };
  await session.query(sql`select set_config('gitlab_alloydb.package', $1::text, true)`, [
    JSON.stringify(description),
  ]);
}

/** What a package of deletions does not know itself. */
export interface SweepFacts {
  readonly load: string;
  readonly runId: RunId;
  readonly leaseSeconds: number;
  readonly request: string;
}

/** Says in the history how many rows a package has deleted. */
export function recordDeletions(dataset: string, load: string): Sql {
  const { table } = stateNames(dataset);
  return sql`update ${table('batch')} set kind = 'sweep',
    rows_deleted = (select count(*) from ${table('tombstone')} where load_id = ${literal(load)})
    where load_id = ${literal(load)}`;
}

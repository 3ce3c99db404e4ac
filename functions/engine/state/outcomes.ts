import type { ListCount } from '../model/completeness.ts';
import type { ErrorCode } from '../model/errors.ts';
import type { PartitionTask } from '../model/position.ts';
import { sql } from '../sql/sql.ts';
import { recordEmptyCount } from './completeness.ts';
import type { ClaimContext } from './partitions.ts';
import { stateNames } from './stateNames.ts';

/** Why a partition could not be finished and how long it is left alone. */
export interface Failure {
  readonly message: string;
  readonly status: 'active' | 'inaccessible';
  /** The error's code where waiting does not mend it; failures that may pass have none and count for nothing. */
  readonly lastingCode?: ErrorCode;
  /** Set when GitLab named the wait; otherwise the wait doubles with each failure, up to an hour. */
  readonly retryAfterSeconds?: number;
  /** Set where asking again soon is of no use; a person's run respects it too. */
  readonly restSeconds?: number;
}

/** What passes says nothing about the failure that lasts. */
const FAILING_RUNS = sql`case when $7::text is null then failing_runs
  when failing_code = $7::text then failing_runs + 1 else 1 end`;

/** What a scan that wrote nothing knows of its list. */
export interface ScanFindings {
  /** `partial` when it left something out that it cannot name, so that nothing is deleted because of it. */
  readonly sight?: 'whole' | 'partial' | undefined;
  readonly count?: { readonly result: () => ListCount | undefined } | undefined;
}

/**
 * Ends a scan that had nothing (more) to commit: the partition is complete as of the scan's start.
 */
export async function finishScan(
  { database, dataset }: ClaimContext,
  task: PartitionTask,
  { sight = 'whole', count }: ScanFindings = {},
): Promise<'finished' | 'fenced'> {
  const names = stateNames(dataset);
  const counted = count?.result();
  const { rowCount } = await database.query(
    sql`with ended as (
          update ${names.table('partition')} set complete_as_of = scan_started_at, owner = null, lease_until = null,
            status = case status when 'gone' then status else 'active' end, fail_count = 0, not_before = null, not_before_reason = null, last_error = null,
            failing_code = null, failing_runs = 0,
            sweep_status = case when sweep_status = 'reading' and sweep_scan = scan_id
                                then case when $4::boolean then 'due' end else sweep_status end
          where resource = $1::text and partition_key = $2::text and fence = $3::bigint and scan_token is null
          returning resource, partition_key, scan_id),
        counted as (${recordEmptyCount(names)})
        select from ended`,
    [
      ...[task.resource.id, task.partition, task.fence, sight === 'whole'],
      ...[counted?.expected ?? null, counted?.source ?? null],
    ],
  );
  return rowCount === 1 ? 'finished' : 'fenced';
}

/** Gives a partition back where it stands, to be gone on with later. */
export async function releasePartition(
  { database, dataset }: ClaimContext,
  task: Pick<PartitionTask, 'resource' | 'partition' | 'fence'>,
): Promise<void> {
  const { table } = stateNames(dataset);
  await database.query(
    sql`update ${table('partition')} set owner = null, lease_until = null
        where resource = $1::text and partition_key = $2::text and fence = $3::bigint`,
    [task.resource.id, task.partition, task.fence],
  );
}

/** So many runs in a row that failed with the same code halt a partition: a person must look at it. */
export const RUNS_UNTIL_HALT = 5;

/**
 * Notes a failure and leaves the partition alone for a while, or until it is resumed where it failed in the same way too
 * often; its rows and its position stay.
 */
export async function failPartition(
  { database, dataset }: ClaimContext,
  task: PartitionTask,
  { message, status, lastingCode, retryAfterSeconds, restSeconds }: Failure,
): Promise<void> {
  const { table } = stateNames(dataset);
  await database.query(
    sql`update ${table('partition')} set owner = null, lease_until = null,
          status = case when status = 'gone' then status when ${FAILING_RUNS} >= $8::int then 'halted' else $4::text end,
          failing_runs = ${FAILING_RUNS}, failing_code = coalesce($7::text, failing_code),
          fail_count = fail_count + 1, last_error = $5::text,
          sweep_status = case when $4::text = 'inaccessible' and sweep_status = 'reading' then null else sweep_status end,
          not_before_reason = case when $9::float8 is not null then 'no-access'
            when $6::float8 is null then 'failure' else 'retry-after' end,
          not_before = clock_timestamp() + make_interval(
            secs => coalesce($9::float8, $6::float8, least(3600, 15 * 2 ^ least(fail_count, 10))))
        where resource = $1::text and partition_key = $2::text and fence = $3::bigint`,
    [
      ...[task.resource.id, task.partition, task.fence, status, message],
      ...[retryAfterSeconds ?? null, lastingCode ?? null, RUNS_UNTIL_HALT, restSeconds ?? null],
    ],
  );
}

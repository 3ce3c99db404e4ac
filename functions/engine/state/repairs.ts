import { partitionKey } from '../model/ids.ts';
import type { PartitionTask } from '../model/position.ts';
import type { ResourceSpec } from '../model/resource.ts';
import { type Sql, sql } from '../sql/sql.ts';
import { FREE } from './leases.ts';
import type { ClaimContext } from './partitions.ts';
import { stateNames } from './stateNames.ts';

/** Nobody reads it, no scan of it is under way, and nothing asks to wait. */
const IDLE = sql`status = 'active' and scan_token is null and ${FREE}
  and (not_before is null or not_before <= clock_timestamp())`;

/** Which partition is meant. */
export interface RepairRequest {
  readonly resource: ResourceSpec;
  readonly partition: string;
}

/**
 * Claims a partition that was read to its end, to add rows to it. The package that ends the claim leaves cursor and
 * completeness as they are: it counts as one of the last finished scan. Undefined when somebody holds the partition.
 */
export async function claimRepair(
  { database, dataset, runId, leaseSeconds }: ClaimContext,
  { resource, partition }: RepairRequest,
): Promise<PartitionTask | undefined> {
  const { table } = stateNames(dataset);
  const { rows } = await database.query<{ fence: bigint; seq: bigint; scanId: bigint }>(
    sql`update ${table('partition')} set fence = fence + 1, owner = $3::uuid, scan_started_at = complete_as_of,
          lease_until = clock_timestamp() + make_interval(secs => $4::float8)
        where resource = $1::text and partition_key = $2::text and complete_as_of is not null and ${IDLE}
        returning fence, seq, scan_id as "scanId"`,
    [resource.id, partition, runId, leaseSeconds],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  return {
    ...row,
    resource,
    partition: partitionKey(partition),
    cursor: undefined,
    token: undefined,
  };
}

/**
 * Takes back what a partition has reached, so that it is read again from its beginning: a package without rows in its
 * history. `held` when somebody reads it.
 */
export async function orderReread(
  { database, dataset, runId }: ClaimContext,
  { resource, partition }: RepairRequest,
): Promise<'ordered' | 'held'> {
  const { table } = stateNames(dataset);
  const { rowCount } = await database.query(
    sql`with forgotten as (
          update ${table('partition')} set cursor_value = null, complete_as_of = null, sweep_status = null,
            seq = seq + 1, fence = fence + 1, owner = null, lease_until = null
          where resource = $1::text and partition_key = $2::text and ${IDLE} returning *)
        insert into ${table('batch')}
          (resource, partition_key, seq, fence, run_id, scan_id, request, body_sha256, rows_in)
        select resource, partition_key, seq, fence, $3::uuid, scan_id, 'positions forgotten', '', 0 from forgotten`,
    [resource.id, partition, runId],
  );
  return rowCount === 1 ? 'ordered' : 'held';
}

/** Lets the next scan of a partition look for deleted rows; for those whose sweeps wait for a person nothing changes. */
export async function orderSweep(
  { database, dataset }: Pick<ClaimContext, 'database' | 'dataset'>,
  { resource, partition }: RepairRequest,
): Promise<void> {
  const partitions: Sql = stateNames(dataset).table('partition');
  await database.query(
    sql`update ${partitions} set swept_at = null
        where resource = $1::text and partition_key = $2::text and swept_at is not null`,
    [resource.id, partition],
  );
}

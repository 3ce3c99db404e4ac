import type { RunId } from '../model/ids.ts';
import type { Session } from '../sql/session.ts';
import { sql } from '../sql/sql.ts';
import { stateNames } from './stateNames.ts';

/**
 * Takes back everything that a resource's partitions have reached; whoever holds one of them is fenced off. The
 * history has it as a package without rows, so that it goes on where the state does.
 */
export async function forgetPositions(
  session: Session,
  dataset: string,
  { resource, runId }: { readonly resource: string; readonly runId: RunId },
): Promise<void> {
  const { table } = stateNames(dataset);
  await session.query(
    sql`with before as (
          select partition_key, scan_token, (scan_token is not null or cursor_value is not null) as moves
          from ${table('partition')} where resource = $1::text order by partition_key for update),
        forgotten as (
          update ${table('partition')} p set seq = p.seq + moves::int, cursor_value = null, scan_token = null,
            complete_as_of = null, fence = fence + 1, owner = null, lease_until = null
          from before where p.resource = $1::text and p.partition_key = before.partition_key
          returning p.partition_key, p.seq, p.fence, p.scan_id, before.scan_token, moves)
        insert into ${table('batch')}
          (resource, partition_key, seq, fence, run_id, scan_id, request, body_sha256, rows_in, token_before)
        select $1::text, partition_key, seq, fence, $2::uuid, scan_id, 'positions forgotten', '', 0, scan_token
        from forgotten where moves`,
    [resource, runId],
  );
}

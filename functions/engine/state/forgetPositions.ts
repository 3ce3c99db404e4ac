import type { RunId } from '../model/ids.ts';
import type { Session } from '../sql/session.ts';
import { sql } from '../sql/sql.ts';
import { stateNames } from './stateNames.ts';

/**
 * Takes back everything that a resource's partitions have reached; whoever holds one of them is fenced off. It is a
 * package without rows in their history, which therefore tells every move of a position.
 */
export async function forgetPositions(
  session: Session,
  dataset: string,
  { resource, runId }: { readonly resource: string; readonly runId: RunId },
): Promise<void> {
  const { table } = stateNames(dataset);
  await session.query(
    sql`with stood as (
          select partition_key, scan_token from ${table('partition')} where resource = $1::text
          order by partition_key for update),
        forgotten as (
          update ${table('partition')} p set cursor_value = null, scan_token = null, complete_as_of = null,
            sweep_status = null, seq = seq + 1, fence = fence + 1, owner = null, lease_until = null
          from stood where p.resource = $1::text and p.partition_key = stood.partition_key
          returning p.*, stood.scan_token as token_before)
        insert into ${table('batch')}
          (resource, partition_key, seq, fence, run_id, scan_id, request, body_sha256, rows_in, token_before)
        select resource, partition_key, seq, fence, $2::uuid, scan_id, 'positions forgotten', '', 0, token_before
        from forgotten`,
    [resource, runId],
  );
}

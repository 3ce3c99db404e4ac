import type { Session } from '../sql/session.ts';
import { sql } from '../sql/sql.ts';
import { stateNames } from './stateNames.ts';

/** Takes back everything that a resource's partitions have reached; whoever holds one of them is fenced off. */
export async function forgetPositions(
  session: Session,
  dataset: string,
  resource: string,
): Promise<void> {
  const { table } = stateNames(dataset);
  await session.query(sql`select set_config('gitlab_alloydb.allow_rewind', 'on', true)`);
  await session.query(
    sql`update ${table('partition')} set cursor_value = null, scan_token = null, complete_as_of = null,
          fence = fence + 1, owner = null, lease_until = null
        where resource = $1::text`,
    [resource],
  );
}

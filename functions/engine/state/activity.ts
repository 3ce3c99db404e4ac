import type { ResourceSpec } from '../model/resource.ts';
import { type Sql, sql } from '../sql/sql.ts';
import type { ClaimContext } from './partitions.ts';
import { stateNames } from './stateNames.ts';

/** Notes when the projects or groups of a resource's partitions were last active; `activity` has columns `key` and `at`. */
export async function noteActivity(
  { database, dataset }: ClaimContext,
  resource: ResourceSpec,
  activity: Sql,
): Promise<void> {
  const { table } = stateNames(dataset);
  await database.query(
    sql`update ${table('partition')} p set active_at = a.at
        from (select key, max(at) as at from (${activity}) seen group by key) a
        where p.resource = $1::text and p.partition_key = a.key and p.active_at is distinct from a.at`,
    [resource.id],
  );
}

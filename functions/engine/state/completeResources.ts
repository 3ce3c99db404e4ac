import type { Database } from '../sql/pool.ts';
import { sql } from '../sql/sql.ts';
import { stateNames } from './stateNames.ts';

/** The resources of which every known partition that GitLab does not refuse has been read to its end at least once. */
export async function completeResources(
  database: Database,
  dataset: string,
): Promise<ReadonlySet<string>> {
  const { table } = stateNames(dataset);
  const { rows } = await database.query<{ resource: string }>(
    sql`select resource from ${table('partition')} where status <> 'gone'
        group by resource having bool_and(complete_as_of is not null or status = 'inaccessible')`,
  );
  return new Set(rows.map(({ resource }) => resource));
}

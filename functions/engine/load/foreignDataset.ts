import { qualified } from '../sql/identifier.ts';
import type { Database } from '../sql/pool.ts';
import { sql } from '../sql/sql.ts';
import type { DltSchema } from './dltSchema.ts';

/** The newest version of every schema in `_dlt_version`, which must exist, the one written last first. */
export async function readAllDltSchemas(
  database: Pick<Database, 'query'>,
  dataset: string,
): Promise<readonly DltSchema[]> {
  const { rows } = await database.query<{ schema: string }>(
    sql`select schema from (
          select distinct on (schema_name) schema, inserted_at from ${qualified(dataset, '_dlt_version')}
          order by schema_name, version desc, inserted_at desc) newest
        order by inserted_at desc`,
  );
  return rows.map(({ schema }) => JSON.parse(schema) as DltSchema);
}

/** The schema in which dlt stages the rows of a dataset, where there is one. */
export async function findStagingSchema(
  database: Pick<Database, 'query'>,
  dataset: string,
): Promise<string | undefined> {
  const { rows } = await database.query<{ name: string }>(
    sql`select nspname as name from pg_namespace where nspname = $1::text`,
    [`${dataset}_staging`],
  );
  return rows[0]?.name;
}

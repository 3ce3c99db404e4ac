import type { RunId } from '../model/ids.ts';
import type { RecordedChange } from '../model/schema.ts';
import type { Database } from '../sql/pool.ts';
import type { Session } from '../sql/session.ts';
import { sql } from '../sql/sql.ts';
import { stateNames } from './stateNames.ts';

/** Keeps what was changed, by which run, in the transaction that changes it. */
export async function recordSchemaChanges(
  session: Session,
  dataset: string,
  { runId, changes }: { readonly runId: RunId; readonly changes: readonly RecordedChange[] },
): Promise<void> {
  const { table } = stateNames(dataset);
  await session.query(
    sql`insert into ${table('schema_change')}
          (run_id, resource, load_id, table_name, column_name, change, old_type, new_type, sample, views)
        select $1::uuid, c ->> 'resource', c ->> 'loadId', c ->> 'table', c ->> 'column', c ->> 'change',
               c ->> 'oldType', c ->> 'type', c ->> 'sample',
               array(select jsonb_array_elements_text(coalesce(c -> 'views', '[]')))
        from jsonb_array_elements($2::jsonb) with ordinality as list (c, position) order by position`,
    [runId, JSON.stringify(changes)],
  );
}

/** A row of the history. */
export interface HistoricChange extends Omit<
  RecordedChange,
  'loadId' | 'oldType' | 'sample' | 'views'
> {
  readonly at: Date;
  readonly runId: string;
  readonly loadId: string;
  readonly oldType: string | null;
  readonly sample: string | null;
  readonly views: readonly string[];
}

/** Reads the last changes of the schema, newest first. */
export async function readSchemaChanges(
  database: Pick<Database, 'query'>,
  dataset: string,
  limit: number,
): Promise<readonly HistoricChange[]> {
  const { table } = stateNames(dataset);
  const { rows } = await database.query<HistoricChange>(
    sql`select at, run_id as "runId", resource, load_id as "loadId", table_name as "table", column_name as "column",
          change, old_type as "oldType", new_type as type, sample, views
        from ${table('schema_change')} order by id desc limit $1::int`,
    [limit],
  );
  return rows;
}

/** Every table and column that this loader has made, as `table x` and `column x.y`. */
export async function readRecordedColumns(
  database: Pick<Database, 'query'>,
  dataset: string,
): Promise<ReadonlySet<string>> {
  const { rows } = await database.query<{ name: string }>(
    sql`select distinct unnest(array['table ' || table_name, 'column ' || table_name || '.' || column_name]) as name
        from ${stateNames(dataset).table('schema_change')}`,
  );
  return new Set(rows.map(({ name }) => name));
}

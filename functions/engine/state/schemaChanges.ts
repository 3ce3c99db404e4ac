import type { RunId } from '../model/ids.ts';
import type { ResourceSpec } from '../model/resource.ts';
import type { SchemaChange } from '../model/schema.ts';
import type { Session } from '../sql/session.ts';
import { sql } from '../sql/sql.ts';
import { stateNames } from './stateNames.ts';

/** Keeps what was changed, by which run and for which resource, in the transaction that changes it. */
export async function recordSchemaChanges(
  session: Session,
  dataset: string,
  {
    runId,
    resource,
    changes,
  }: {
    readonly runId: RunId;
    readonly resource: ResourceSpec;
    readonly changes: readonly SchemaChange[];
  },
): Promise<void> {
  const { table } = stateNames(dataset);
  await session.query(
    sql`insert into ${table('schema_change')} (run_id, resource, table_name, column_name, data_type, change)
        select $1::uuid, $2::text, c ->> 'table', c ->> 'column', c ->> 'type', c ->> 'change'
        from jsonb_array_elements($3::jsonb) c`,
    [runId, resource.id, JSON.stringify(changes)],
  );
}

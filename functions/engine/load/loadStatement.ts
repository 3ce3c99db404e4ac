import type { LoadId } from '../model/ids.ts';
import { qualified } from '../sql/identifier.ts';
import { literal, type Sql, sql } from '../sql/sql.ts';

/** Writes the `_dlt_loads` row of a load that touched a table; dlt leaves none for a load without rows. */
export function loadStatement(
  dataset: string,
  {
    load,
    schema,
    touched,
  }: {
    readonly load: LoadId;
    readonly schema: { readonly name: string; readonly hash: string };
    readonly touched: Sql;
  },
): Sql {
  return sql`insert into ${qualified(dataset, '_dlt_loads')} (load_id, schema_name, status, inserted_at, schema_version_hash)
    select ${literal(load)}, ${literal(schema.name)}, 0, clock_timestamp(), ${literal(schema.hash)} where ${touched}`;
}

import { type Sql, sql } from '../sql/sql.ts';
import type { StateNames } from './stateNames.ts';

/** What one load left out, as expressions. */
export interface LeftOut {
  readonly resource: Sql;
  readonly load: Sql;
  /** A JSON array of descriptions. */
  readonly violations: Sql;
}

/** Adds what the contract left out to what it has left out before. */
export function countViolations(
  { table }: StateNames,
  { resource, load, violations }: LeftOut,
): Sql {
  return sql`insert into ${table('contract_violation')} as known
      (resource, entity, mode, table_name, column_name, left_out, last_load_id, last_at)
    select ${resource}, value ->> 'entity', value ->> 'mode', value ->> 'table', value ->> 'column',
           sum((value ->> 'count')::bigint), ${load}, clock_timestamp()
    from jsonb_array_elements(${violations}) group by 2, 3, 4, 5 order by 2, 3, 4, 5
    on conflict (resource, entity, mode, table_name, column_name) do update set
      left_out = known.left_out + excluded.left_out, last_load_id = excluded.last_load_id, last_at = excluded.last_at`;
}

import { type Sql, sql } from '../sql/sql.ts';
import type { StateNames } from './stateNames.ts';

/**
 * What a claim sets where its scan is to keep what it sees. `hours` is a parameter: null for never, 0 for each scan, else
 * the time since the last sweep. The first scan of a partition has nothing to look for.
 */
export function beginSweeps({ table }: StateNames, hours: Sql): Sql {
  const begins = sql`(p.scan_token is null and p.complete_as_of is not null and ${hours}::float8 is not null
    and p.sweep_status is distinct from 'halted' and (${hours}::float8 = 0 or p.sweep_status is distinct from 'due'
      and (p.swept_at is null or p.swept_at <= clock_timestamp() - make_interval(secs => ${hours}::float8 * 3600))))`;
  return sql`
    sweep_scan = case when ${begins} then p.scan_id + 1 else p.sweep_scan end,
    sweep_before = case when ${begins} then (select to_char(last, 'FM0000000000.000000') from ${table('load_clock')})
                        else p.sweep_before end,
    sweep_status = case when ${begins} then 'reading'
                        when p.scan_token is null and p.sweep_status = 'reading' then null else p.sweep_status end,
    swept_at = case when p.complete_as_of is null then clock_timestamp() else p.swept_at end`;
}

/** Whether the claimed scan keeps what it sees. */
export const KEEPS_SEEN: Sql = sql`coalesce(p.sweep_status = 'reading' and p.sweep_scan = p.scan_id, false)`;

import type { Database } from '../sql/pool.ts';
import { sql } from '../sql/sql.ts';
import { isDue } from './due.ts';
import { FREE } from './leases.ts';
import { type ClaimRequest, dueValues, READY } from './partitions.ts';
import { stateNames } from './stateNames.ts';

/** How the partitions of a resource stand, and what the last finished scans of those that are due have read. */
export interface ScanHistory {
  readonly known: number;
  readonly due: number;
  readonly held: number;
  readonly waiting: number;
  readonly halted: number;
  /** Due ones that were never read to their end. */
  readonly unread: number;
  readonly rows: number;
  /** Pages of 100 rows; one at least for each partition that was read. */
  readonly pages: number;
}

/** Reads what a run would claim and what that took the last time; claims nothing. */
export async function readScanHistory(
  database: Pick<Database, 'query'>,
  dataset: string,
  request: Omit<ClaimRequest, 'limit' | 'except'>,
): Promise<ScanHistory> {
  const names = stateNames(dataset);
  const { table } = names;
  const { rows } = await database.query<ScanHistory>(
    sql`with due as (
          select ${FREE} as is_free, ${READY} as is_ready, last.rows
          from ${table('partition')} own
          left join lateral (
            select sum(b.rows_in) as rows from ${table('batch')} b
            where b.resource = own.resource and b.partition_key = own.partition_key and b.scan_id = (
              select e.scan_id from ${table('batch')} e
              where e.resource = own.resource and e.partition_key = own.partition_key and e.token_after is null
              order by e.seq desc limit 1)) last on true
          where resource = $1::text and ${isDue(request.resource, names, request.quietHours ?? 0)}),
        ready as (select rows from due where is_free and is_ready)
        select (select count(*) from ready)::int as due,
               (select count(*) from ready where rows is null)::int as unread,
               (select coalesce(sum(rows), 0) from ready)::float8 as rows,
               (select coalesce(sum(greatest(1, ceil(rows / 100.0))), 0) from ready where rows is not null)::int as pages,
               (select count(*) from due where not is_free)::int as held,
               (select count(*) from due where is_free and not is_ready)::int as waiting,
               count(*) filter (where status <> 'gone')::int as known,
               count(*) filter (where status = 'halted')::int as halted
        from ${table('partition')} where resource = $1::text`,
    [...dueValues({ ...request, limit: 0, except: [] })],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('the database did not count its partitions');
  return row;
}

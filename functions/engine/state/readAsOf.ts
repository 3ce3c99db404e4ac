import type { Database } from '../sql/pool.ts';
import { sql } from '../sql/sql.ts';

/**
 * The instant that a run is about, by the database's clock: the one asked for, but never one in the future, in which no
 * scan could have begun. Clocks of the caller's machine do not count.
 */
export async function readAsOf(database: Database, wanted: Date | undefined): Promise<Date> {
  const { rows } = await database.query<{ as_of: Date }>(
    sql`select least($1::timestamptz, clock_timestamp()) as as_of`,
    [wanted ?? null],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('the database did not tell its time');
  return row.as_of;
}

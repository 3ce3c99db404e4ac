import type { Database } from '../sql/pool.ts';
import { sql } from '../sql/sql.ts';
import { stateNames } from './stateNames.ts';

/** How the search for deleted rows of one resource stands. */
export interface SweepStatus {
  readonly resource: string;
  /** When the oldest of the last sweeps ended; null while a partition was never swept. */
  readonly sweptAt: Date | null;
  /** Partitions whose missing rows are still to be confirmed. */
  readonly due: number;
  readonly halted: number;
  /** Rows that sweeps have deleted so far. */
  readonly rowsDeleted: number;
}

/** Reads the resources whose sweeps have deleted something, wait, or were stopped. */
export async function readSweepStatus(
  database: Pick<Database, 'query'>,
  dataset: string,
): Promise<readonly SweepStatus[]> {
  const { table } = stateNames(dataset);
  const { rows } = await database.query<SweepStatus>(
    sql`select * from (
          select p.resource,
            case when bool_and(swept_at is not null) then min(swept_at) end as "sweptAt",
            (count(*) filter (where sweep_status = 'due'))::int as due,
            (count(*) filter (where sweep_status = 'halted'))::int as halted,
            coalesce((select sum(b.rows_deleted) from ${table('batch')} b
                      where b.resource = p.resource and b.kind = 'sweep'), 0)::float8 as "rowsDeleted"
          from ${table('partition')} p where status <> 'gone' group by p.resource) r
        where due + halted + "rowsDeleted" > 0 order by resource`,
  );
  return rows;
}

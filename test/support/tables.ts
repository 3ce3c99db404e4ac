import type { Database } from '../../functions/engine/sql/pool.ts';
import { readDataset } from '../../scripts/parity/stored.ts';

/** What a dataset holds, without dlt's own tables and without the loads that brought the rows. */
export interface Tables {
  /** `name type YES`, in their order, table by table. */
  readonly columns: Readonly<Record<string, readonly string[]>>;
  /** Rows as JSON, sorted, table by table. */
  readonly rows: Readonly<Record<string, readonly string[]>>;
}

/** Reads a dataset. */
export async function readTables(database: Database, dataset: string): Promise<Tables> {
  const { columns, rows } = await readDataset(database, dataset);
  const kept = [...rows].map(([table, lines]): [string, readonly string[]] => [
    table,
    lines.map((line) => line.replace(/"_dlt_load_id":"[\d.]+"/, '"_dlt_load_id":""')).toSorted(),
  ]);
  return { columns: Object.fromEntries(columns), rows: Object.fromEntries(kept) };
}

/** Columns as sets: their order is that in which they were found. */
export function withoutOrder({ columns, rows }: Tables): Tables {
  const sorted = (line: string): string =>
    JSON.stringify(
      Object.entries(JSON.parse(line) as object).toSorted(([left], [right]) =>
        left < right ? -1 : 1,
      ),
    );
  const each = (lists: Tables['rows'], change: (line: string) => string): Tables['rows'] =>
    Object.fromEntries(
      Object.entries(lists).map(([name, list]) => [name, list.map(change).toSorted()]),
    );
  return { columns: each(columns, (column) => column), rows: each(rows, sorted) };
}

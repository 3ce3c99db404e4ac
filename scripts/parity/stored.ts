import { identifier, qualified } from '../../functions/engine/sql/identifier.ts';
import type { Database } from '../../functions/engine/sql/pool.ts';
import { sql } from '../../functions/engine/sql/sql.ts';
import type { ExpectedColumns } from './scenario.ts';

/** The tables of a dataset as the golden files show them, without dlt's own. */
export interface StoredDataset {
  readonly columns: ExpectedColumns;
  readonly rows: ReadonlyMap<string, readonly string[]>;
}

interface ColumnRow {
  readonly table_name: string;
  readonly line: string;
}

/** Reads what was loaded; instants in UTC. */
export function readDataset(database: Database, dataset: string): Promise<StoredDataset> {
  return database.transaction(undefined, async (session) => {
    await session.simple(sql`set local timezone to 'UTC'`);
    const found = await session.query<ColumnRow>(
      sql`select table_name, concat_ws(' ', column_name, data_type, is_nullable) as line
          from information_schema.columns where table_schema = $1::text and table_name not like '\\_dlt\\_%'
          order by table_name, ordinal_position`,
      [dataset],
    );
    const columns = new Map<string, string[]>();
    for (const { table_name: table, line } of found.rows) {
      columns.set(table, [...(columns.get(table) ?? []), line]);
    }
    const rows = new Map<string, readonly string[]>();
    for (const table of columns.keys()) {
      const lines = await session.query<{ line: string }>(
        sql`select row_to_json("a row")::text as line from ${qualified(dataset, table)} "a row"`,
      );
      rows.set(
        table,
        lines.rows.map(({ line }) => line),
      );
    }
    return { columns, rows };
  });
}

/** Removes a dataset with its state. */
export async function dropDataset(database: Database, dataset: string): Promise<void> {
  for (const schema of [dataset, `${dataset}_state`]) {
    await database.query(sql`drop schema if exists ${identifier(schema)} cascade`);
  }
}

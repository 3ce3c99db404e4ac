import type { Schema } from '../model/schema.ts';
import { type DltSchema, nextVersion } from './dltSchema.ts';

/** The next version of the schema, without those of the tables and columns that the database has lost. */
export function withoutLost(schema: DltSchema, live: Schema, names: readonly string[]): DltSchema {
  const lost = new Set(names.filter((name) => !live.has(name)));
  const kept = Object.values(schema.tables).filter(({ name }) => !lost.has(name));
  const tables = kept.map((table) => {
    const columns = live.get(table.name)?.columns;
    if (columns === undefined || !names.includes(table.name)) return [table.name, table] as const;
    const left = Object.entries(table.columns).filter(([name]) => columns.has(name));
    return [table.name, { ...table, columns: Object.fromEntries(left) }] as const;
  });
  return nextVersion(schema, { ...schema, tables: Object.fromEntries(tables) });
}

import type { ChildTable } from './rows.ts';
import type { Schema } from './schema.ts';

/** The tables below a root table, parents first. */
export function childTables(live: Schema, root: string): readonly ChildTable[] {
  const found: ChildTable[] = [];
  const above = [root];
  for (const parent of above) {
    for (const [table, { parent: own }] of live) {
      if (own !== parent) continue;
      found.push({ table, parent });
      above.push(table);
    }
  }
  return found;
}

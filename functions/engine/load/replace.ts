import type { LoadId } from '../model/ids.ts';
import type { TableChain } from '../model/rows.ts';
import { identifier, qualified } from '../sql/identifier.ts';
import { joined, literal, type Sql, sql } from '../sql/sql.ts';
import { deleteBelow } from './adopt.ts';

/** The partitions that a package holds whole, and the load that its rows carry. */
export interface Replacement {
  readonly load: LoadId;
  readonly partitions: readonly string[];
}

/** Rows that belong to the package's partitions, by the alias of their root table. */
export function inPartitions(
  { scopeColumn }: TableChain,
  alias: Sql,
  partitions: readonly string[],
): Sql {
  if (scopeColumn === undefined) return sql`true`;
  const keys = joined(partitions.map((key) => literal(key)));
  return sql`${alias}.${identifier(scopeColumn)}::text in (${keys})`;
}

/** Deletes the rows of the package's partitions that other loads wrote, with all that is below them. */
export function deleteReplaced(
  dataset: string,
  chain: TableChain,
  { load, partitions }: Replacement,
): Sql {
  const root = qualified(dataset, chain.root);
  const isOld = sql`t._dlt_load_id <> ${literal(load)} and ${inPartitions(chain, sql`t`, partitions)}`;
  const ids = sql`select t._dlt_id from ${root} t where ${isOld}`;
  const byParent = new Set(chain.children.map(({ table }) => table));
  const below = deleteBelow(dataset, chain.children, { ids, byParent });
  return joined([...below, sql`delete from ${root} t where ${isOld}`], sql`;\n`);
}

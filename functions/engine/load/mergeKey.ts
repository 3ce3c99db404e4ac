import type { TableChain } from '../model/rows.ts';
import { identifier, qualified } from '../sql/identifier.ts';
import { joined, type Sql, sql } from '../sql/sql.ts';
import { childrenOf, stagedIn, type StagedJob } from './merge.ts';

/** Deletes stored rows that share a merge key with a staged row and are not among the staged ones, with their children. */
export function replaceMergeKey(
  dataset: string,
  chain: TableChain,
  staged: readonly StagedJob[],
): Sql {
  const root = stagedIn(staged, chain.root);
  if (root === undefined) return sql``;
  const target = qualified(dataset, chain.root);
  const same = joined(
    chain.mergeKey.map(identifier).map((name) => sql`s.${name} = t.${name}`),
    sql` and `,
  );
  const isReplaced = sql`exists (select from ${root.stage} s where ${same})
    and not exists (select from ${root.stage} s where s._dlt_id = t._dlt_id)`;
  const ids = sql`select t._dlt_id from ${target} t where ${isReplaced}`;
  const children = childrenOf(dataset, chain, staged).map(
    ({ table }) => sql`delete from ${table} where _dlt_root_id in (${ids})`,
  );
  return joined([...children, sql`delete from ${target} t where ${isReplaced}`], sql`;\n`);
}

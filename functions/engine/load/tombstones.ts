import type { TableChain } from '../model/rows.ts';
import type { Check } from '../sql/checks.ts';
import { type Identifier, identifier, qualified } from '../sql/identifier.ts';
import { joined, literal, type Sql, sql } from '../sql/sql.ts';
import { childrenOf, stagedIn, type StagedJob } from './merge.ts';

const ID = identifier('_dlt_id');
const ROOT_ID = identifier('_dlt_root_id');

/** Where the state keeps which rows were deleted. */
export function tombstones(dataset: string): Identifier {
  return qualified(`${dataset}_state`, 'tombstone');
}

/**
 * After a chain's rows were written: those that a later load has deleted go again, with their children, and are counted
 * no longer; the others that were deleted once are back, so that their tombstones go.
 */
export function respectTombstones(
  dataset: string,
  chain: TableChain,
  { staged, load }: { readonly staged: readonly StagedJob[]; readonly load: string },
): Sql {
  const stage = stagedIn(staged, chain.root)?.stage;
  if (stage === undefined) return sql``;
  const buried = sql`b.table_name = ${literal(chain.root)} and b.row_id = s.${ID}`;
  const below = childrenOf(dataset, chain, staged).map(
    ({ table }, index) => sql`below_${index.toString() as Sql} as (
      delete from ${table} where ${ROOT_ID} in (select ${ID} from late))`,
  );
  const late = sql`late as (
      delete from ${qualified(dataset, chain.root)} t using ${stage} s, ${tombstones(dataset)} b
      where t.${ID} = s.${ID} and ${buried} and b.load_id > ${literal(load)} returning t.${ID})`;
  return sql`with ${joined([late, ...below])} delete from ${stage} s using late l where s.${ID} = l.${ID};
    delete from ${tombstones(dataset)} b using ${stage} s where ${buried}`;
}

/** No row stands in a table that a later load has deleted. */
export function tombstoneCheck(dataset: string, root: string): Check {
  return {
    ...{ invariant: 'I18', where: root, promise: 'no row is older than its tombstone' },
    rows: sql`select b.row_id as key from ${tombstones(dataset)} b
      join ${qualified(dataset, root)} t on t.${ID} = b.row_id
      where b.table_name = ${literal(root)} and t._dlt_load_id <= b.load_id`,
  };
}

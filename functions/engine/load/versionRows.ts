import type { TableChain } from '../model/rows.ts';
import { identifier, qualified } from '../sql/identifier.ts';
import { joined, literal, type Sql, sql } from '../sql/sql.ts';
import { childrenOf, insertUnknown, type StagedJob } from './merge.ts';
import { inPartitions, type Replacement } from './replace.ts';

/**
 * Ends the versions that the scan no longer has, and adds those that it has and that are not current. Rows below a
 * version stay as long as it, so they are only added.
 */
export function versionRows(
  dataset: string,
  chain: TableChain,
  { staged, load, partitions }: Replacement & { readonly staged: readonly StagedJob[] },
): Sql {
  const target = qualified(dataset, chain.root);
  const root = staged.find(({ job }) => job.table === chain.root);
  const since = sql`to_timestamp(${literal(load)}::float8)`;
  const absent =
    root === undefined
      ? sql`true`
      : sql`not exists (select from ${root.stage} s where s._dlt_id = t._dlt_id)`;
  const isCurrent = sql`t._dlt_valid_to is null`;
  const isReplaced = hasMergeKey(chain, root);
  const retire = sql`update ${target} t set _dlt_valid_to = ${since}
    where ${isCurrent} and ${inPartitions(chain, sql`t`, partitions)} and ${absent} and ${isReplaced}`;
  if (root === undefined) return retire;
  const names = root.job.columns
    .filter((name) => name !== '_dlt_valid_from' && name !== '_dlt_valid_to')
    .map(identifier);
  const known = sql`delete from ${root.stage} s using ${target} t where t._dlt_id = s._dlt_id and ${isCurrent}`;
  const add = sql`insert into ${target} (_dlt_valid_from, ${joined(names)})
    select ${since}, ${joined(names)} from ${root.stage}`;
  const children = childrenOf(dataset, chain, staged).flatMap(({ table, staged: child }) =>
    child === undefined ? [] : [insertUnknown(table, child)],
  );
  return joined([retire, known, add, ...children], sql`;\n`);
}

/** With a merge key only versions end that share it with a row of the scan. */
function hasMergeKey({ mergeKey }: TableChain, root: StagedJob | undefined): Sql {
  if (mergeKey.length === 0) return sql`true`;
  if (root === undefined) return sql`false`;
  const same = mergeKey.map(identifier).map((name) => sql`s.${name} = t.${name}`);
  return sql`exists (select from ${root.stage} s where ${joined(same, sql` and `)})`;
}

import type { ChildTable, TableChain } from '../model/rows.ts';
import type { AdoptionRules } from '../model/takeover.ts';
import { identifier, qualified } from '../sql/identifier.ts';
import { joined, literal, type Sql, sql } from '../sql/sql.ts';
import { stagedIn, type StagedJob } from './merge.ts';
import { isSameRow } from './rowKey.ts';

/**
 * Gives stored rows of others, whose ids are random, the ids of the staged rows that are the same objects: the merge
 * that follows then knows them. Each staged row adopts the newest one and no more, so that no row is lost that
 * nobody has asked to remove. What is below an adopted row goes; it comes again with the staged row.
 */
export function adoptRows(
  dataset: string,
  chain: TableChain,
  { staged, rules }: { readonly staged: readonly StagedJob[]; readonly rules: AdoptionRules },
): Sql {
  const root = stagedIn(staged, chain.root);
  if (root === undefined) return sql``;
  const target = qualified(dataset, chain.root);
  const adopted = identifier(`gitlab_alloydb_adopted_${staged.indexOf(root).toString()}`);
  const same = isSameRow(rules.key, {
    old: sql`t`,
    next: sql`s`,
    known: new Set(root.job.columns),
  });
  // Where several rows are alike on both sides, the first takes the first, the second the second, and so on.
  const pairs = sql`select s._dlt_id as new_id, t._dlt_id as old_id,
      row_number() over (partition by s._dlt_id order by t._dlt_load_id desc, t.ctid desc) as old_place,
      row_number() over (partition by t._dlt_id order by s._dlt_id) as new_place
    from ${root.stage} s join ${target} t on ${same}
    where t._dlt_load_id < ${literal(rules.before)}
      and not exists (select from ${target} k where k._dlt_id = s._dlt_id)`;
  const chosen = sql`select distinct on (new_id) new_id, old_id from (${pairs}) p
    where old_place = new_place order by new_id, old_place`;
  return joined(
    [
      sql`create temporary table ${adopted} on commit drop as
        select distinct on (old_id) new_id, old_id from (${chosen}) c order by old_id, new_id`,
      ...deleteBelow(dataset, chain.children, {
        ids: sql`select old_id from ${adopted}`,
        byParent: rules.byParent,
      }),
      sql`update ${target} t set _dlt_id = a.new_id from ${adopted} a where t._dlt_id = a.old_id`,
    ],
    sql`;\n`,
  );
}

/** Whose rows below are meant, by a query for their ids, and the tables that are searched by parent. */
export interface Below {
  readonly ids: Sql;
  readonly byParent: ReadonlySet<string>;
}

/** Deletes everything below some root rows, from the leaves up, because each level is found through the one above. */
export function deleteBelow(
  dataset: string,
  children: readonly ChildTable[],
  { ids, byParent }: Below,
): readonly Sql[] {
  // A table that is not found among those before it is the root.
  const found = new Map<string, Sql>();
  const deletions = children.map(({ table, parent }) => {
    const name = qualified(dataset, table);
    const isBelow = byParent.has(table)
      ? sql`c._dlt_parent_id in (${found.get(parent) ?? ids})`
      : sql`c._dlt_root_id in (${ids})`;
    found.set(table, sql`select c._dlt_id from ${name} c where ${isBelow}`);
    return sql`delete from ${name} c where ${isBelow}`;
  });
  return deletions.toReversed();
}

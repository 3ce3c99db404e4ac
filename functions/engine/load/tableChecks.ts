import type { ChildTable } from '../model/rows.ts';
import type { Schema } from '../model/schema.ts';
import type { Check } from '../sql/checks.ts';
import { identifier, qualified } from '../sql/identifier.ts';
import { joined, literal, type Sql, sql } from '../sql/sql.ts';
import { hasUniqueKey, type TableKey } from './ddl.ts';
import { tombstoneCheck } from './tombstones.ts';

/** A root table of the catalogue with the tables below it. */
export interface CheckedTable {
  readonly root: string;
  readonly live: Schema;
  readonly children: readonly ChildTable[];
  /** The keys that resources declare for the root table. */
  readonly keys: readonly TableKey[];
  /** Rows of loads before this one are others' and may lack what ours have; undefined where there are none. */
  readonly before: string | undefined;
  /** Tables whose rows a contract leaves out, so that lists may have gaps. */
  readonly leftOut: ReadonlySet<string>;
}

/** What must hold of a root table and of all tables below it. */
export function tableChecks(dataset: string, checked: CheckedTable): readonly Check[] {
  return [
    loadCheck(dataset, checked),
    ...keyChecks(dataset, checked),
    tombstoneCheck(dataset, checked.root),
    ...(checked.keys.some(({ method }) => method === 'scd2')
      ? []
      : [idCheck(dataset, checked.root, isOld(checked, sql`t`))]),
    ...checked.children.flatMap((child) => childChecks(dataset, checked, child)),
  ];
}

function isOld({ before }: CheckedTable, alias: Sql): Sql {
  return before === undefined ? sql`false` : sql`${alias}._dlt_load_id < ${literal(before)}`;
}

function loadCheck(dataset: string, checked: CheckedTable): Check {
  const { root } = checked;
  return {
    ...{ invariant: 'I6', where: root, promise: 'every row belongs to a complete load' },
    rows: sql`select _dlt_id as key, ${isOld(checked, sql`t`)} as excused from ${qualified(dataset, root)} t
      where not exists (
        select from ${qualified(dataset, '_dlt_loads')} l where l.load_id = t._dlt_load_id and l.status = 0)`,
    notice: 'rows from before the takeover whose load was never completed',
  };
}

/** One row per key, as the unique indexes have it; others' rows may repeat keys until they are deduped. */
function keyChecks(dataset: string, checked: CheckedTable): readonly Check[] {
  const { root, live, keys } = checked;
  const columns = live.get(root)?.columns;
  const lists = new Map(
    keys.filter(isKeyed).map(({ primaryKey }) => [primaryKey.join(), primaryKey]),
  );
  return [...lists.values()]
    .filter((key) => key.every((name) => columns?.has(name) === true))
    .map((key) => {
      const nullable = key.filter((name) => columns?.get(name)?.nullable === true);
      const present = nullable.map((name) => sql` and ${identifier(name)} is not null`);
      const rows = sql`from ${qualified(dataset, root)} t where not ${isOld(checked, sql`t`)}${joined(present, sql``)}`;
      return { invariant: 'I8', where: root, ...repeated(key, rows) };
    });
}

function isKeyed(key: TableKey): boolean {
  return hasUniqueKey(key) || (key.method === 'upsert' && key.primaryKey.length === 0);
}

/** A table without a key has one row in all. */
function repeated(key: readonly string[], rows: Sql): Pick<Check, 'promise' | 'rows'> {
  if (key.length === 0)
    return {
      promise: 'one row in all',
      rows: sql`select _dlt_id as key ${rows} order by _dlt_load_id desc, _dlt_id offset 1`,
    };
  const names = joined(key.map(identifier));
  const pairs = joined(key.map((name) => sql`${literal(name)}, ${identifier(name)}`));
  return {
    promise: `one row per key (${key.join(', ')})`,
    rows: sql`select jsonb_build_object(${pairs})::text as key ${rows} group by ${names} having count(*) > 1`,
  };
}

function idCheck(dataset: string, table: string, excused: Sql): Check {
  return {
    ...{ invariant: 'I8', where: table, promise: 'one row per id' },
    rows: sql`select _dlt_id as key, bool_and(${excused}) as excused from ${qualified(dataset, table)} t
      group by _dlt_id having count(*) > 1`,
    notice: 'ids that repeat since before the takeover',
  };
}

function childChecks(
  dataset: string,
  checked: CheckedTable,
  { table, parent }: ChildTable,
): readonly Check[] {
  const { live, leftOut, root } = checked;
  const rows = sql`from ${qualified(dataset, table)} t`;
  const hasRoot = live.get(table)?.columns.has('_dlt_root_id') === true;
  const excused = isBelowOld(dataset, checked, hasRoot);
  const shared = { invariant: 'I9', where: table, notice: NOTICE } as const;
  const found = (condition: Sql): Sql =>
    sql`select t._dlt_id as key, ${excused} as excused ${rows} where ${condition}`;
  const has = (name: string, link: Sql): Sql =>
    sql`exists (select from ${qualified(dataset, name)} p where p._dlt_id = ${link})`;
  return [
    {
      ...{ ...shared, promise: 'every row has its parent' },
      rows: found(sql`not ${has(parent, sql`t._dlt_parent_id`)}`),
    },
    ...(hasRoot ? rootChecks(dataset, { table, parent, root }, excused) : []),
    ...(leftOut.has(table) ? [] : [listCheck(dataset, table, excused)]),
    idCheck(dataset, table, excused),
  ];
}

const NOTICE = 'rows from before the takeover';

interface Lineage extends ChildTable {
  readonly root: string;
}

function rootChecks(
  dataset: string,
  { table, parent, root }: Lineage,
  excused: Sql,
): readonly Check[] {
  const [own, owner] = [qualified(dataset, table), qualified(dataset, parent)] as const;
  const rootOfParent = parent === root ? sql`p._dlt_id` : sql`p._dlt_root_id`;
  const shared = { invariant: 'I9', where: table, notice: NOTICE } as const;
  return [
    {
      ...{ ...shared, promise: 'every row has its root' },
      rows: sql`select t._dlt_id as key, ${excused} as excused from ${own} t where not exists (
        select from ${qualified(dataset, root)} r where r._dlt_id = t._dlt_root_id)`,
    },
    {
      ...{ ...shared, promise: "every row has its parent's root" },
      rows: sql`select t._dlt_id as key, ${excused} as excused from ${own} t
        join ${owner} p on p._dlt_id = t._dlt_parent_id where t._dlt_root_id is distinct from ${rootOfParent}`,
    },
  ];
}

function listCheck(dataset: string, table: string, excused: Sql): Check {
  return {
    ...{ invariant: 'I9', where: table, promise: 'lists count from 0 without gaps' },
    rows: sql`select _dlt_parent_id as key, bool_and(${excused}) as excused from ${qualified(dataset, table)} t
      group by _dlt_parent_id having min(_dlt_list_idx) <> 0 or max(_dlt_list_idx) + 1 <> count(*)
        or count(distinct _dlt_list_idx) <> count(*)`,
    notice: NOTICE,
  };
}

/** Whether a child row `t` came from others: it names no root, or one that they wrote. */
function isBelowOld(dataset: string, { root, before }: CheckedTable, hasRoot: boolean): Sql {
  if (before === undefined) return sql`false`;
  if (!hasRoot) return sql`true`;
  return sql`(t._dlt_root_id is null or coalesce((
    select r._dlt_load_id < ${literal(before)} from ${qualified(dataset, root)} r
    where r._dlt_id = t._dlt_root_id limit 1), false))`;
}

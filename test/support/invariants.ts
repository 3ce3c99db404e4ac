import { catalog } from '../../functions/catalog.ts';
import { allResources } from '../../functions/engine/catalog/selection.ts';
import { SETTINGS } from '../../functions/engine/config/settings.ts';
import { type Identifier, identifier, qualified } from '../../functions/engine/sql/identifier.ts';
import type { Database } from '../../functions/engine/sql/pool.ts';
import { joined, literal, type Sql, sql } from '../../functions/engine/sql/sql.ts';
import { readTypes, type StoredTypes } from './stored.ts';

const DATASET: string = SETTINGS.dataset.fallback;

/** One broken promise and how many rows break it. */
export interface Violation {
  readonly invariant: string;
  readonly count: number;
}

/** Every invariant of state and dataset that does not hold, in one snapshot; call it while no run works. */
export async function violations(
  database: Pick<Database, 'query'>,
  dataset = DATASET,
): Promise<readonly Violation[]> {
  const partition = qualified(`${dataset}_state`, 'partition');
  const noLease = check(
    'no lease is left',
    sql`select from ${partition} where owner is not null or lease_until is not null`,
  );
  return violationsAtWork(database, () => [noLease], dataset);
}

/** Every invariant that must hold in any snapshot, also while runs work, and further ones of the caller. */
export async function violationsAtWork(
  database: Pick<Database, 'query'>,
  further: (tables: StoredTypes) => readonly Sql[],
  dataset = DATASET,
): Promise<readonly Violation[]> {
  const tables = await readTypes(database, dataset);
  const checks = [
    ...stateChecks(dataset),
    oneState(dataset),
    ...tableChecks(dataset, tables),
    ...further(tables),
  ];
  const { rows } = await database.query<Violation>(
    sql`select invariant, count from (${joined(checks, sql` union all `)}) c where count > 0 order by 1`,
  );
  return rows;
}

/** An invariant and the query for the rows that break it. */
export function check(invariant: string, rows: Sql): Sql {
  return sql`select ${literal(invariant)} as invariant, (select count(*) from (${rows}) r)::int as count`;
}

function stateChecks(dataset: string): readonly Sql[] {
  const table = (name: string): Identifier => qualified(`${dataset}_state`, name);
  const [partition, batch, load] = [table('partition'), table('batch'), table('load')] as const;
  const loads = qualified(dataset, '_dlt_loads');
  const chain = sql`window w as (partition by resource, partition_key order by seq)`;
  const broken = (columns: Sql): Sql =>
    sql`select from (select ${columns} from ${batch} ${chain}) x where bad`;
  return [
    check('I1 seq without gaps', broken(sql`seq <> lag(seq, 1, 0::bigint) over w + 1 as bad`)),
    check(
      'I2 state agrees with the history',
      sql`select from ${partition} p left join (select resource, partition_key, max(seq) m from ${batch} group by 1, 2) b
          using (resource, partition_key) where p.seq <> coalesce(b.m, 0)`,
    ),
    check('I3 fence never falls', broken(sql`fence < lag(fence) over w as bad`)),
    check(
      'I4 each package starts where the previous one ended',
      broken(
        sql`row_number() over w > 1 and token_before is distinct from lag(token_after) over w as bad`,
      ),
    ),
    check(
      'I5 the last package is the state',
      sql`select from ${partition} p join ${batch} b using (resource, partition_key, seq)
          where b.token_after is distinct from p.scan_token`,
    ),
    check(
      'I7 every load has a batch, and every batch with rows a load',
      sql`select from (select distinct load_id from ${batch} where load_id is not null) b
          full join ${loads} l using (load_id) full join ${load} s using (load_id)
          where b.load_id is null or l.load_id is null or s.load_id is null`,
    ),
    check('I7 load ids are unique', sql`select from ${loads} group by load_id having count(*) > 1`),
    check(
      'I10 load ids grow with seq',
      sql`select from (select load_id <= lag(load_id) over ${sql`(partition by resource, partition_key order by seq)`} as bad
          from ${batch} where load_id is not null) x where bad`,
    ),
    check(
      'written rows are counted',
      sql`select from ${load} l where rows_in <> (select sum(rows_in) from ${batch} b where b.load_id = l.load_id)`,
    ),
  ];
}

function oneState(dataset: string): Sql {
  const loads = qualified(dataset, '_dlt_loads');
  return check(
    'dlt finds one state from the first load on',
    sql`select from (select count(*) from ${qualified(dataset, '_dlt_pipeline_state')} s
          join ${loads} l on l.load_id = s._dlt_load_id and l.status = 0) s(found),
        (select least(count(*), 1) from ${loads}) l(due) where found <> due`,
  );
}

function tableChecks(dataset: string, tables: StoredTypes): readonly Sql[] {
  const names = [...tables.keys()].filter((name) => !name.startsWith('_dlt_'));
  const roots = names.filter((name) => tables.get(name)?.has('_dlt_load_id') === true);
  return [
    ...roots.flatMap((root) => rootChecks(dataset, root, tables)),
    ...names
      .filter((name) => !roots.includes(name))
      .flatMap((name) => childChecks(dataset, name, tables)),
  ];
}

function rootChecks(dataset: string, root: string, tables: StoredTypes): readonly Sql[] {
  const name = qualified(dataset, root);
  const resources = allResources(catalog).flatMap(({ table, primaryKey, splits }) => [
    { table, primaryKey },
    ...splits,
  ]);
  const key = new Set(
    resources.filter(({ table }) => table === root).flatMap(({ primaryKey }) => primaryKey),
  );
  const columns = [...key].filter((column) => tables.get(root)?.has(column) === true);
  const duplicates =
    columns.length === 0
      ? sql`select from ${name} offset 1`
      : sql`select from ${name} group by ${joined(columns.map(identifier))} having count(*) > 1`;
  return [
    check(
      `I6 every row of ${root} belongs to a complete load`,
      sql`select from ${name} r where not exists (
          select from ${qualified(dataset, '_dlt_loads')} l where l.load_id = r._dlt_load_id and l.status = 0)`,
    ),
    check(`I8 one row per key in ${root}`, duplicates),
    check(
      `I8 one row per id in ${root}`,
      sql`select from ${name} group by _dlt_id having count(*) > 1`,
    ),
  ];
}

function childChecks(dataset: string, child: string, tables: StoredTypes): readonly Sql[] {
  const name = qualified(dataset, child);
  const parent = longestPrefix(child, [...tables.keys()]);
  const root = rootOf(child, tables);
  return [
    check(
      `I9 no orphan in ${child}`,
      sql`select from ${name} c where not exists (
          select from ${qualified(dataset, parent)} p where p._dlt_id = c._dlt_parent_id)`,
    ),
    check(
      `I9 no lost root in ${child}`,
      sql`select from ${name} c where not exists (
          select from ${qualified(dataset, root)} r where r._dlt_id = c._dlt_root_id)`,
    ),
    check(
      `I9 dense list index in ${child}`,
      sql`select from ${name} group by _dlt_parent_id
          having max(_dlt_list_idx) + 1 <> count(*) or count(distinct _dlt_list_idx) <> count(*)`,
    ),
    check(
      `I8 one row per id in ${child}`,
      sql`select from ${name} group by _dlt_id having count(*) > 1`,
    ),
  ];
}

/** The table that a child table's name begins with. */
function longestPrefix(child: string, names: readonly string[]): string {
  const prefixes = names.filter((name) => child.startsWith(`${name}__`));
  const [longest] = prefixes.toSorted((a, b) => b.length - a.length);
  if (longest === undefined) throw new Error(`'${child}' has no parent table`);
  return longest;
}

function rootOf(child: string, tables: StoredTypes): string {
  const parent = longestPrefix(child, [...tables.keys()]);
  return tables.get(parent)?.has('_dlt_load_id') === true ? parent : rootOf(parent, tables);
}

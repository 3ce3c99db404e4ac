import type { ChildTable } from '../model/rows.ts';
import type { RowKey } from '../model/takeover.ts';
import { type Identifier, identifier, qualified } from '../sql/identifier.ts';
import type { Session } from '../sql/session.ts';
import { joined, literal, type Sql, sql } from '../sql/sql.ts';
import { deleteBelow } from './adopt.ts';
import { isSameRow, lacksPart } from './rowKey.ts';

const EXAMPLES = 3;

/** Rows that have a newer one with the same key, and keys of some of them as JSON. */
export interface Superseded {
  readonly rows: number;
  readonly superseded: number;
  readonly examples: readonly string[];
}

/** Counts the rows of a table and those of them that a newer one makes superfluous. */
export async function countSuperseded(
  session: Session,
  table: Identifier,
  key: RowKey,
): Promise<Superseded> {
  const names = [...key.common, ...key.owners];
  const pairs = joined(names.map((name) => sql`${literal(name)}, t.${identifier(name)}`));
  const { rows } = await session.query<{ rows: number; superseded: number; examples: string[] }>(
    sql`with old as (select ${names.length === 0 ? sql`'{}'::jsonb` : sql`jsonb_build_object(${pairs})`} as key
          from ${table} t where t._dlt_id in (${supersededIds(table, key)}))
        select (select count(*) from ${table})::float8 as rows, (select count(*) from old)::float8 as superseded,
          array(select key::text from old group by key order by count(*) desc, key limit ${EXAMPLES.toString() as Sql}) as examples`,
  );
  return rows[0] ?? { rows: 0, superseded: 0, examples: [] };
}

/** Deletes the rows that a newer one makes superfluous, with all that is below them; returns how many rows went. */
export async function deleteSuperseded(
  session: Session,
  dataset: string,
  {
    table,
    key,
    children,
    byParent,
  }: {
    readonly table: string;
    readonly key: RowKey;
    readonly children: readonly ChildTable[];
    readonly byParent: ReadonlySet<string>;
  },
): Promise<number> {
  const target = qualified(dataset, table);
  const old = identifier('gitlab_alloydb_superseded');
  // Whoever loads into the table waits, so that no row changes between the count and the deletion.
  await session.simple(sql`set local statement_timeout = 0; lock table ${target} in share row exclusive mode;
    create temporary table ${old} on commit drop as ${supersededIds(target, key)};
    analyze ${old}`);
  const ids = sql`select _dlt_id from ${old}`;
  for (const deletion of deleteBelow(dataset, children, { root: table, ids, byParent }))
    await session.simple(deletion);
  const { rows } = await session.query<{ count: number }>(
    sql`with gone as (delete from ${target} where _dlt_id in (${ids}) returning 1)
        select count(*)::float8 as count from gone`,
  );
  return rows[0]?.count ?? 0;
}

/** Ids of rows that have a newer one: with the same key, or with the whole key of which they have a part. */
function supersededIds(table: Identifier, key: RowKey): Sql {
  const groups = groupColumns(key);
  const older = sql`select _dlt_id from (select _dlt_id, row_number() over (
      ${groups.length === 0 ? sql`` : sql`partition by ${joined(groups)}`} order by _dlt_load_id desc, ctid desc) as place
    from ${table} t) ranked where place > 1`;
  const lacking = lacksPart(key, sql`t`);
  if (key.form !== 'complete' || lacking === 'false') return older;
  const same = isSameRow(key, { old: sql`t`, next: sql`u`, known: new Set(comparable(key)) });
  return sql`${older} union select t._dlt_id from ${table} t join ${table} u on ${same}
    where ${lacking} and not ${lacksPart(key, sql`u`)} and u._dlt_load_id > t._dlt_load_id`;
}

/** Rows without any column of their key are told apart by their content. */
function groupColumns(key: RowKey): readonly (Identifier | Sql)[] {
  if (key.form === 'single') return [];
  const names = [...key.common, ...key.owners];
  if (names.length === 0) return key.content.map(identifier);
  const lacking = lacksPart(key, sql`t`);
  if (key.address === undefined || lacking === 'false') return names.map(identifier);
  const address = sql`case when ${lacking} then t.${identifier(key.address)} end`;
  return [...names.map(identifier), address];
}

function comparable({ address, content }: RowKey): readonly string[] {
  return address === undefined ? content : [address, ...content];
}

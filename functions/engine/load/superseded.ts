import type { ChildTable } from '../model/rows.ts';
import type { KeyFacts, RowKey } from '../model/takeover.ts';
import { type Identifier, identifier, qualified } from '../sql/identifier.ts';
import type { Session } from '../sql/session.ts';
import { joined, literal, type Sql, sql } from '../sql/sql.ts';
import { deleteBelow } from './adopt.ts';
import { identityText, isSameRow, lacksPart } from './rowKey.ts';

const EXAMPLES = 3;

/** Rows of others, how many rows have a newer one with the same key, and keys of some of those as JSON. */
export interface Superseded {
  readonly rows: number;
  readonly superseded: number;
  readonly examples: readonly string[];
}

/** Measures what the rows of others, which fulfil a condition on `t`, have of the key columns that are there. */
export async function measureKey(
  session: Pick<Session, 'query'>,
  table: Identifier,
  { columns, foreign }: { readonly columns: readonly string[]; readonly foreign: Sql },
): Promise<KeyFacts> {
  if (columns.length === 0) return { nullColumns: [], partsIdentify: false };
  const names = columns.map(identifier);
  const nulls = columns.map(
    (name) => sql`case when bool_or(t.${identifier(name)} is null) then ${literal(name)} end`,
  );
  const { rows } = await session.query<KeyFacts>(
    sql`select array_remove(array[${joined(nulls)}], null) as "nullColumns",
          count(*) = count(distinct row(${joined(names.map((name) => sql`t.${name}`))})) as "partsIdentify"
        from ${table} t where ${foreign}`,
  );
  return rows[0] ?? { nullColumns: [], partsIdentify: false };
}

/** Counts the rows of others in a table and the rows that a newer one makes superfluous. */
export async function countSuperseded(
  session: Pick<Session, 'query'>,
  table: Identifier,
  { key, foreign }: { readonly key: RowKey; readonly foreign: Sql },
): Promise<Superseded> {
  const names = [...key.common, ...key.owners];
  const pairs = joined(names.map((name) => sql`${literal(name)}, t.${identifier(name)}`));
  const { rows } = await session.query<Superseded>(
    sql`with old as (select ${names.length === 0 ? sql`'{}'::jsonb` : sql`jsonb_build_object(${pairs})`} as key
          from ${table} t where t._dlt_id in (${supersededIds(table, key)}))
        select (select count(*) from ${table} t where ${foreign})::float8 as rows,
          (select count(*) from old)::float8 as superseded,
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
  for (const deletion of deleteBelow(dataset, children, { ids, byParent }))
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
  const [old, next] = [sql`t`, sql`u`];
  const [lacking, nextLacking] = [lacksPart(key, old), lacksPart(key, next)];
  if (typeof lacking === 'string' || typeof nextLacking === 'string') return older;
  // What is deleted must be the same object beyond doubt.
  const strict = { ...key, facts: { ...key.facts, partsIdentify: false } };
  const same = isSameRow(strict, { old, next, known: new Set(key.content) });
  return sql`${older} union select t._dlt_id from ${table} t join ${table} u on ${same}
    where ${lacking.rows} and not ${nextLacking.rows} and u._dlt_load_id > t._dlt_load_id`;
}

/** What is different in every object: its key, and what stands in for the part of it that a row lacks. */
function groupColumns(key: RowKey): readonly (Identifier | Sql)[] {
  if (key.form === 'single') return [];
  const names = [...key.common, ...key.owners].map((name) => sql`t.${identifier(name)}`);
  const lacking = lacksPart(key, sql`t`);
  if (lacking === 'none') return names;
  const identity = identityText(key, sql`t`);
  return [
    ...names,
    lacking === 'all' ? identity : sql`case when ${lacking.rows} then ${identity} end`,
  ];
}

import type { FoundTable, KeyFacts } from '../model/takeover.ts';
import { qualified } from '../sql/identifier.ts';
import type { Database } from '../sql/pool.ts';
import type { Session } from '../sql/session.ts';
import { type Sql, sql } from '../sql/sql.ts';
import { type StateNames, stateNames } from './stateNames.ts';

/** Tables in which others have written rows, and the load id that those rows are older than. */
export function takenOverTable({ table }: StateNames): Sql {
  return sql`
create table ${table('taken_over')} (
  table_name text primary key,
  before_load text not null,
  rows bigint not null,
  superseded bigint not null,
  null_columns text[] not null,
  parts_identify boolean not null,
  at timestamptz not null default clock_timestamp()
);
comment on column ${table('taken_over')}.superseded is 'rows that have a newer one with the same key';

create table ${table('foreign_load')} (load_id text primary key);`;
}

/** What is remembered of a table that was taken over: every row of others is older than the load `before`. */
export interface TakenOver {
  readonly before: string;
  readonly facts: KeyFacts;
}

/** Reads the tables in which keys repeat, so that they can have no unique index on them yet. */
export async function readRepeating(
  session: Session,
  dataset: string,
): Promise<ReadonlySet<string>> {
  const { rows } = await session.query<{ table_name: string }>(
    sql`select table_name from ${stateNames(dataset).table('taken_over')} where superseded > 0`,
  );
  return new Set(rows.map(({ table_name }) => table_name));
}

/** Reads the tables that were taken over, by their names. */
export async function readTakenOver(
  database: Pick<Database, 'query'>,
  dataset: string,
): Promise<ReadonlyMap<string, TakenOver>> {
  const { rows } = await database.query<KeyFacts & { table_name: string; before: string }>(
    sql`select table_name, before_load as before, null_columns as "nullColumns", parts_identify as "partsIdentify"
        from ${stateNames(dataset).table('taken_over')}`,
  );
  return new Map(rows.map(({ table_name, before, ...facts }) => [table_name, { before, facts }]));
}

const TAKE_OVER = 'take_over';

/** Sorts behind every load id. */
const ANY_LOAD = '~';

/** Whether `_dlt_loads`, which must exist, has loads that neither this loader made nor a takeover has seen. */
export async function hasForeignLoads(
  database: Pick<Database, 'query'>,
  dataset: string,
): Promise<boolean> {
  const { table } = stateNames(dataset);
  const { rows } = await database.query<{ found: boolean }>(
    sql`select exists (select from ${table('meta')} where key = $1::text) or exists (
          select from ${qualified(dataset, '_dlt_loads')} l
          where not exists (select from ${table('load')} o where o.load_id = l.load_id)
            and not exists (select from ${table('foreign_load')} f where f.load_id = l.load_id)) as found`,
    [TAKE_OVER],
  );
  return rows[0]?.found === true;
}

/** Whether a row `t` of a table was written by others. */
export function isForeign(dataset: string): Sql {
  return sql`not exists (select from ${stateNames(dataset).table('load')} o where o.load_id = t._dlt_load_id)`;
}

/**
 * Notes a table in which a row of others stood in the way of a package, before any load of theirs was seen; the next run
 * takes the whole dataset over again.
 */
export async function recordConflict(
  database: Pick<Database, 'query'>,
  dataset: string,
  tableName: string,
): Promise<TakenOver> {
  const { table } = stateNames(dataset);
  await database.query(
    sql`with flag as (insert into ${table('meta')} (key, value) values ($2::text, 'true') on conflict do nothing)
        insert into ${table('taken_over')} (table_name, before_load, rows, superseded, null_columns, parts_identify)
        values ($1::text, $3::text, 0, 0, '{}', true)
        on conflict (table_name) do update set before_load = excluded.before_load`,
    [tableName, TAKE_OVER, ANY_LOAD],
  );
  return { before: ANY_LOAD, facts: { nullColumns: [], partsIdentify: true } };
}

/**
 * Notes the tables that are taken over now. The load clock goes ahead of every load in the dataset first, whatever
 * clock made its id, so that rows of others are older than any row that comes.
 */
export async function recordTakenOver(
  session: Session,
  dataset: string,
  tables: readonly FoundTable[],
): Promise<void> {
  const { schema, table } = stateNames(dataset);
  await session.simple(
    sql`update ${table('load_clock')} set last = greatest(last, (
          select trunc(max(load_id::numeric), 6) + 0.000001 from ${qualified(dataset, '_dlt_loads')}
          where load_id ~ '^[0-9]{1,12}([.][0-9]{1,9})?$'))`,
  );
  const { rows } = await session.query<{ id: string }>(sql`select ${schema}.next_load_id() as id`);
  for (const { table: name, rows: count, superseded, facts } of tables) {
    await session.query(
      sql`insert into ${table('taken_over')} (table_name, before_load, rows, superseded, null_columns, parts_identify)
          values ($1::text, $2::text, $3::bigint, $4::bigint, $5::text[], $6::boolean)
          on conflict (table_name) do update set before_load = excluded.before_load, rows = excluded.rows,
            superseded = excluded.superseded, null_columns = excluded.null_columns,
            parts_identify = excluded.parts_identify, at = excluded.at`,
      [name, rows[0]?.id ?? '', count, superseded, facts.nullColumns, facts.partsIdentify],
    );
  }
  await session.simple(
    sql`insert into ${table('foreign_load')} (load_id)
        select distinct load_id from ${qualified(dataset, '_dlt_loads')} l
        where not exists (select from ${table('load')} o where o.load_id = l.load_id) on conflict do nothing;
        delete from ${table('meta')} where key = '${TAKE_OVER as Sql}'`,
  );
}

/** Notes that no key of a table repeats any more. */
export async function recordDeduped(
  session: Session,
  dataset: string,
  tableName: string,
): Promise<void> {
  await session.query(
    sql`update ${stateNames(dataset).table('taken_over')} set superseded = 0 where table_name = $1::text`,
    [tableName],
  );
}

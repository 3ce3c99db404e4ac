import type { FoundTable } from '../model/takeover.ts';
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
  at timestamptz not null default clock_timestamp()
);
comment on column ${table('taken_over')}.superseded is 'rows that have a newer one with the same key';`;
}

/** What is remembered of a table that was taken over: every row of others is older than this load. */
export interface TakenOver {
  readonly before: string;
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
  const { rows } = await database.query<TakenOver & { table_name: string }>(
    sql`select table_name, before_load as before
        from ${stateNames(dataset).table('taken_over')}`,
  );
  return new Map(rows.map(({ table_name, before }) => [table_name, { before }]));
}

/** Whether `_dlt_loads`, which must exist, has loads of a schema that this loader did not make. */
export async function hasForeignLoads(
  database: Pick<Database, 'query'>,
  dataset: string,
  schemaName: string,
): Promise<boolean> {
  const { table } = stateNames(dataset);
  const { rows } = await database.query<{ found: boolean }>(
    sql`select exists (
          select from ${qualified(dataset, '_dlt_loads')} l
          where l.schema_name = $1::text and l.load_id > coalesce((select max(before_load) from ${table('taken_over')}), '')
            and not exists (select from ${table('load')} o where o.load_id = l.load_id)) as found`,
    [schemaName],
  );
  return rows[0]?.found === true;
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
  for (const { table: name, rows: count, superseded } of tables) {
    await session.query(
      sql`insert into ${table('taken_over')} (table_name, before_load, rows, superseded)
          values ($1::text, $2::text, $3::bigint, $4::bigint)
          on conflict (table_name) do update set before_load = excluded.before_load, rows = excluded.rows,
            superseded = excluded.superseded, at = excluded.at`,
      [name, rows[0]?.id ?? '', count, superseded],
    );
  }
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

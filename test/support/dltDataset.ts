import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

import type { DltSchema } from '../../functions/engine/load/dltSchema.ts';
import { insertDltSchema } from '../../functions/engine/load/dltVersion.ts';
import { versionHash } from '../../functions/engine/load/versionHash.ts';
import { type Identifier, identifier, qualified } from '../../functions/engine/sql/identifier.ts';
import type { Database } from '../../functions/engine/sql/pool.ts';
import type { Session } from '../../functions/engine/sql/session.ts';
import { joined, literal, type Sql, sql } from '../../functions/engine/sql/sql.ts';

/** Makes the dataset that a recorded run of dlt left: its tables as dlt made them, with its rows. */
export async function restoreRecorded(
  database: Database,
  folder: string,
  dataset: string,
): Promise<void> {
  const schema = path.basename(path.dirname(folder));
  const dump = await readFile(path.join(folder, 'schema.sql'), 'utf8');
  await database.transaction(undefined, (session) =>
    session.simple(renamed(dump, schema, dataset) as Sql),
  );
  const tables = path.join(folder, 'tables');
  for (const file of await readdir(tables)) {
    const lines = (await readFile(path.join(tables, file), 'utf8')).trimEnd().split('\n');
    const target = qualified(dataset, path.basename(file, '.jsonl'));
    await database.query(
      sql`insert into ${target} select (jsonb_populate_record(null::${target}, line::jsonb)).* from unnest($1::text[]) line`,
      [lines.filter((line) => line !== '')],
    );
  }
}

/** The statements of a dump that make something, for another name of the dataset. */
function renamed(dump: string, schema: string, dataset: string): string {
  return dump
    .split('\n')
    .filter((line) => !/^(SET|SELECT pg_catalog|--|\\)/.test(line))
    .join('\n')
    .replaceAll(new RegExp(`\\b${schema}(_staging)?\\b`, 'g'), `${dataset}$1`);
}

/** Columns that this loader adds to dlt's tables. */
const ADDED: Readonly<Record<string, readonly string[]>> = {
  api_entities_avatar: ['email'],
  api_entities_badge: ['project_id', 'group_id'],
  api_entities_batched_background_migration: ['database'],
  api_entities_branch: ['project_id'],
  api_entities_dictionary_table: ['database_name'],
  api_entities_job: ['project_id'],
  api_entities_metric_image: ['project_id', 'alert_iid'],
  api_entities_plan_limit: ['plan_name'],
};

/** Tables that dlt merges by one column, so that rows which share it become one. */
const MERGED: Readonly<Record<string, string>> = {
  api_entities_badge: 'id',
  api_entities_batched_background_migration: 'id',
  api_entities_dictionary_table: 'table_name',
};

const APPENDED = ['api_entities_branch__commit__parent_ids'];

/**
 * Makes a loaded dataset look as if dlt had written it: random ids, no added columns, no indexes, no state, and the
 * schema called `schemaName`. Returns nothing else: rows stay as they are otherwise.
 */
export async function disguiseAsDlt(
  database: Database,
  dataset: string,
  schemaName: string,
): Promise<void> {
  const tables = await dataTables(database, dataset);
  const text: Sql[] = [sql`drop schema ${identifier(`${dataset}_state`)} cascade`];
  const present = new Set(tables.map(({ table }) => table));
  for (const [table, column] of Object.entries(MERGED)) {
    if (!present.has(table)) continue;
    const [target, name] = [qualified(dataset, table), identifier(column)];
    text.push(
      sql`delete from ${target} t using ${target} o where o.${name} = t.${name} and o._dlt_id < t._dlt_id`,
    );
  }
  for (const { table, columns } of tables) {
    const ids = ['_dlt_id', '_dlt_parent_id', '_dlt_root_id'].filter((id) => columns.includes(id));
    const sets = ids.map((id) => sql`${identifier(id)} = ${otherId(identifier(id))}`);
    text.push(sql`update ${qualified(dataset, table)} set ${joined(sets)}`);
    const gone = APPENDED.includes(table) ? ['_dlt_root_id'] : (ADDED[table] ?? []);
    for (const column of gone.filter((name) => columns.includes(name)))
      text.push(sql`alter table ${qualified(dataset, table)} drop column ${identifier(column)}`);
  }
  await database.transaction(undefined, async (session) => {
    await session.simple(joined(text, sql`;\n`));
    await session.simple(dropIndexes(dataset));
    await renameSchema(session, dataset, schemaName);
  });
}

function otherId(id: Identifier): Sql {
  return sql`translate(left(encode(sha256((${id} || 'other')::bytea), 'base64'), 14), '+/', 'ab')`;
}

async function dataTables(
  database: Database,
  dataset: string,
): Promise<readonly { readonly table: string; readonly columns: readonly string[] }[]> {
  const { rows } = await database.query<{ table: string; columns: string[] }>(
    sql`select table_name as "table", array_agg(column_name::text) as columns from information_schema.columns
        where table_schema = $1::text and table_name not like '\\_dlt\\_%' group by 1`,
    [dataset],
  );
  return rows;
}

function dropIndexes(dataset: string): Sql {
  return sql`do $$ declare found record; begin
    for found in select i.indexrelid::regclass as name from pg_index i join pg_class c on c.oid = i.indexrelid
      join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = ${literal(dataset)} and not exists (select from pg_constraint k where k.conindid = i.indexrelid)
    loop execute format('drop index %s', found.name); end loop; end $$`;
}

async function renameSchema(session: Session, dataset: string, name: string): Promise<void> {
  const [versions, loads] = ['_dlt_version', '_dlt_loads'].map((table) =>
    qualified(dataset, table),
  ) as [Identifier, Identifier];
  const { rows } = await session.query<{ schema: string }>(
    sql`select schema from ${versions} order by version desc limit 1`,
  );
  const document = JSON.parse(rows[0]?.schema ?? '{}') as DltSchema;
  const tables = Object.entries(document.tables).map(([table, entry]) => {
    const gone = APPENDED.includes(table) ? ['_dlt_root_id'] : (ADDED[table] ?? []);
    const columns = Object.entries(entry.columns).filter(([column]) => !gone.includes(column));
    return [table, { ...entry, columns: Object.fromEntries(columns) }] as const;
  });
  const renamed = { ...document, name, tables: Object.fromEntries(tables) };
  await session.query(sql`delete from ${versions}`);
  await insertDltSchema(session, dataset, { ...renamed, version_hash: versionHash(renamed) });
  await session.query(sql`update ${loads} set schema_name = $1::text`, [name]);
}

/** Adds every row of a table again, with another id and an older load, as appending does. */
export async function appendAgain(
  database: Database,
  dataset: string,
  table: string,
): Promise<number> {
  const target = qualified(dataset, table);
  const again = sql`jsonb_build_object('_dlt_id', ${otherId(identifier('_dlt_id'))}, '_dlt_load_id', '1700000000.5')`;
  const { rows } = await database.query(
    sql`insert into ${target} select (jsonb_populate_record(t, ${again})).* from ${target} t returning 1`,
  );
  return rows.length;
}

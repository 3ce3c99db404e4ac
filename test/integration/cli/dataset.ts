import { createHash } from 'node:crypto';

import { SETTINGS } from '../../../functions/engine/config/settings.ts';
import { identifier, qualified } from '../../../functions/engine/sql/identifier.ts';
import type { Database } from '../../../functions/engine/sql/pool.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import { compareTables } from '../../../scripts/demo/compare.ts';
import type { SimulatedGitlab } from '../../support/gitlab/server.ts';
import { administrate } from '../../support/postgres.ts';

/** The dataset that a run makes when nothing else is set. */
export const DATASET = 'gitlab_data';

/** The table whose rows are loaded only when somebody names their resources. */
export const ON_DEMAND_TABLE = 'api_entities_basic_badge_details';

/** Tables that do not hold exactly GitLab's rows after a load without the resources on demand; only some, if told which. */
export async function differences(
  url: string,
  gitlab: SimulatedGitlab,
  who: 'admin' | 'member' = 'admin',
  only?: ReadonlySet<string>,
): Promise<readonly object[]> {
  const truth = gitlab.truth(who, { dictionaryTables: SETTINGS.dictionaryTables.fallback });
  const tables = await compareTables(url, DATASET, truth);
  return Object.entries(tables)
    .filter(([table]) => table !== ON_DEMAND_TABLE && only?.has(table) !== false)
    .filter(([, { rows, expected, missing }]) => rows !== expected || missing > 0)
    .map(([table, found]) => ({ table, ...found }));
}

/** What must never be seen, whenever a run was stopped: an empty list when the dataset is consistent. */
export function inconsistencies(url: string): Promise<readonly string[]> {
  return administrate(url, async (database) => {
    const tables = await tablesOf(database);
    const found: string[] = [];
    for (const table of tables.filter((name) => !name.startsWith('_dlt_'))) {
      found.push(...(await repeated(database, table)));
      found.push(...(await withoutParent(database, table, tables)));
    }
    return found;
  });
}

async function repeated(database: Database, table: string): Promise<readonly string[]> {
  const { rows } = await database.query<{ id: string }>(
    sql`select _dlt_id as id from ${qualified(DATASET, table)} group by 1 having count(*) > 1`,
  );
  return rows.map(({ id }) => `${table} has ${id} more than once`);
}

/** Child rows need their parent row, root rows the load that brought them. */
async function withoutParent(
  database: Database,
  table: string,
  tables: readonly string[],
): Promise<readonly string[]> {
  const parent = tables
    .filter((name) => table.startsWith(`${name}__`))
    .toSorted((a, b) => b.length - a.length)[0];
  const child = qualified(DATASET, table);
  const missing =
    parent === undefined
      ? sql`select from ${qualified(DATASET, '_dlt_loads')} l where l.load_id = c._dlt_load_id`
      : sql`select from ${qualified(DATASET, parent)} p where p._dlt_id = c._dlt_parent_id`;
  const { rows } = await database.query<{ id: string }>(
    sql`select _dlt_id as id from ${child} c where not exists (${missing})`,
  );
  return rows.map(({ id }) => `${table} has ${id} without its ${parent ?? 'load'}`);
}

/** A fingerprint of every table's rows, without the loads that brought them: equal for equal contents. */
export function fingerprints(url: string): Promise<Readonly<Record<string, string>>> {
  return administrate(url, async (database) => {
    const prints: Record<string, string> = {};
    for (const table of await tablesOf(database)) {
      if (table.startsWith('_dlt_')) continue;
      const { rows } = await database.query<{ text: string }>(
        sql`select (to_jsonb(t) - '_dlt_load_id')::text as text from ${qualified(DATASET, table)} t order by 1`,
      );
      const hash = createHash('sha256').update(rows.map(({ text }) => text).join('\n'));
      prints[table] = `${rows.length.toString()} rows ${hash.digest('hex').slice(0, 12)}`;
    }
    return prints;
  });
}

/** How many rows a table has. */
export function countRows(url: string, table: string): Promise<number> {
  return administrate(url, async (database) => {
    const { rows } = await database.query<{ count: number }>(
      sql`select count(*)::int as count from ${qualified(DATASET, table)}`,
    );
    return rows[0]?.count ?? 0;
  });
}

/** Distinct values of a column, as texts, in order. */
export function valuesOf(url: string, table: string, column: string): Promise<readonly string[]> {
  return administrate(url, async (database) => {
    const { rows } = await database.query<{ value: string }>(
      sql`select distinct ${identifier(column)}::text as value from ${qualified(DATASET, table)} order by 1`,
    );
    return rows.map(({ value }) => value);
  });
}

/** Partitions that some run still holds. */
export function heldPartitions(url: string): Promise<readonly string[]> {
  return administrate(url, async (database) => {
    const { rows } = await database.query<{ name: string }>(
      sql`select resource || ' ' || partition_key as name from ${qualified(`${DATASET}_state`, 'partition')}
          where owner is not null or lease_until is not null order by 1`,
    );
    return rows.map(({ name }) => name);
  });
}

/** Lets the leases of runs that were killed end now instead of after their seconds. */
export function expireLeases(url: string): Promise<void> {
  return administrate(url, async (database) => {
    const partition = qualified(`${DATASET}_state`, 'partition');
    const { rows } = await database.query<{ found: boolean }>(
      sql`select to_regclass($1::text) is not null as found`,
      [partition],
    );
    if (rows[0]?.found !== true) return;
    await database.query(
      sql`update ${partition} set lease_until = clock_timestamp() - interval '1 second' where lease_until is not null`,
    );
  });
}

async function tablesOf(database: Database): Promise<readonly string[]> {
  const { rows } = await database.query<{ name: string }>(
    sql`select tablename as name from pg_tables where schemaname = $1::text order by 1`,
    [DATASET],
  );
  return rows.map(({ name }) => name);
}

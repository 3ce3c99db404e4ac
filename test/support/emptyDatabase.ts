import { identifier } from '../../functions/engine/sql/identifier.ts';
import { type Database, openPool } from '../../functions/engine/sql/pool.ts';
import { sql } from '../../functions/engine/sql/sql.ts';
import { administrate, withDatabase } from './administrate.ts';

/** Dropping more tables than that takes longer than copying the template. */
const MOST_TABLES = 400;

/**
 * Ends the connections of a database and leaves it as a new one is. False when it cannot be made so: a test has changed the
 * database itself, or made something that stands in no schema.
 */
export async function emptyDatabase(adminUrl: string, name: string): Promise<boolean> {
  if (!(await administrate(adminUrl, (admin) => isPlain(admin, name)))) return false;
  const database = openPool({
    url: withDatabase(adminUrl, name),
    applicationName: 'tests',
    max: 1,
  });
  try {
    return await dropSchemas(database);
  } catch {
    return false;
  } finally {
    await database.close();
  }
}

/** Ends whoever is connected, and tells whether the database has rights and settings of its own. */
async function isPlain(admin: Database, name: string): Promise<boolean> {
  await admin.query(
    sql`select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = $1::text`,
    [name],
  );
  const { rows } = await admin.query<{ plain: boolean }>(
    sql`select datacl is null and datallowconn and datconnlimit = -1
          and not exists (select from pg_db_role_setting where setdatabase = d.oid) as plain
        from pg_database d where datname = $1::text`,
    [name],
  );
  return rows[0]?.plain === true;
}

async function dropSchemas(database: Database): Promise<boolean> {
  const { rows: found } = await database.query<{ tables: number; others: boolean }>(
    sql`select (select count(*) from pg_class where relkind in ('r', 'p') and oid >= 16384)::int as tables,
          exists (select from pg_extension where extname <> 'plpgsql') or exists (select from pg_event_trigger)
            or exists (select from pg_publication) or exists (select from pg_largeobject_metadata)
            or exists (select from pg_default_acl) as others`,
  );
  const [{ tables, others } = { tables: 0, others: true }] = found;
  if (others || tables > MOST_TABLES) return false;
  const { rows } = await database.query<{ name: string }>(
    sql`select nspname as name from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'`,
  );
  for (const { name } of rows) {
    await database.query(sql`drop schema ${identifier(name)} cascade`);
  }
  await database.query(sql`create schema public authorization pg_database_owner`);
  await database.query(sql`grant usage on schema public to public`);
  return true;
}

import { LoaderError } from '../model/errors.ts';
import type { Database } from '../sql/pool.ts';
import type { Session } from '../sql/session.ts';
import { sql } from '../sql/sql.ts';
import { MIGRATIONS } from './migrations.ts';
import { type StateNames, stateNames } from './stateNames.ts';

/**
 * Brings the state schema to the version of this code; concurrent callers wait for one another.
 * Refuses state that a newer release wrote.
 */
export async function migrateState(database: Database, dataset: string): Promise<void> {
  const names = stateNames(dataset);
  if ((await readVersion(database, names, dataset)) === MIGRATIONS.length) return;
  await database.transaction(undefined, async (session) => {
    await session.query(sql`select pg_advisory_xact_lock(hashtextextended($1::text, 0))`, [
      `gitlab-alloydb state ${dataset}`,
    ]);
    await migrate(session, names, dataset);
  });
}

/** Refuses state that a newer release wrote; changes nothing. */
export async function requireKnownState(
  database: Pick<Database, 'query'>,
  dataset: string,
): Promise<void> {
  await readVersion(database, stateNames(dataset), dataset);
}

/** True when the state is there and of this code's version; refuses state that a newer release wrote. */
export async function isStateCurrent(
  database: Pick<Database, 'query'>,
  dataset: string,
): Promise<boolean> {
  return (await readVersion(database, stateNames(dataset), dataset)) === MIGRATIONS.length;
}

async function migrate(session: Session, names: StateNames, dataset: string): Promise<void> {
  const version = await readVersion(session, names, dataset);
  if (version === 0) {
    const exists = await session.query(sql`select from pg_namespace where nspname = $1::text`, [
      `${dataset}_state`,
    ]);
    if (exists.rows.length === 0) await session.simple(sql`create schema ${names.schema}`);
    await session.simple(
      sql`create table ${names.table('meta')} (key text primary key, value jsonb not null)`,
    );
  }
  for (const migration of MIGRATIONS.slice(version)) await session.simple(migration(names));
  await session.query(
    sql`insert into ${names.table('meta')} (key, value) values ('state_version', to_jsonb($1::int))
        on conflict (key) do update set value = excluded.value`,
    [MIGRATIONS.length],
  );
}

/** 0 when the state schema has not been made yet. */
async function readVersion(
  database: Pick<Database, 'query'>,
  { table }: StateNames,
  dataset: string,
): Promise<number> {
  const found = await database.query(
    sql`select from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = $1::text and c.relname = 'meta'`,
    [`${dataset}_state`],
  );
  if (found.rows.length === 0) return 0;
  const { rows } = await database.query<{ version: number }>(
    sql`select (value #>> '{}')::int as version from ${table('meta')} where key = 'state_version'`,
  );
  const version = rows[0]?.version ?? 0;
  if (version > MIGRATIONS.length) {
    throw new LoaderError(
      'E_STATE_VERSION',
      `The state of dataset '${dataset}' has version ${version.toString()}; this release knows versions up to ${MIGRATIONS.length.toString()}.`,
    );
  }
  return version;
}

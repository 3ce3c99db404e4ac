import { LoaderError } from '../model/errors.ts';
import type { Database } from '../sql/pool.ts';
import type { Session } from '../sql/session.ts';
import { sql } from '../sql/sql.ts';
import { COMPATIBLE_FROM, MIGRATIONS } from './migrations.ts';
import { type StateNames, stateNames } from './stateNames.ts';

/** What one migration did to the state: equal when there was nothing to do. */
export interface StateUpgrade {
  readonly from: number;
  readonly to: number;
}

type Queryable = Pick<Database, 'query'>;

/** The version of the state that this release makes. */
export const STATE_VERSION = MIGRATIONS.length;

/**
 * Brings the state schema to the version of this code; concurrent callers wait for one another. State of a newer release
 * stays as it is. Throws E_STATE_VERSION where that release does not let this one work on it.
 */
export async function migrateState(database: Database, dataset: string): Promise<StateUpgrade> {
  const names = stateNames(dataset);
  const version = await readVersion(database, names, dataset);
  if (version >= STATE_VERSION) return { from: version, to: version };
  return database.transaction(undefined, async (session) => {
    await session.query(sql`select pg_advisory_xact_lock(hashtextextended($1::text, 0))`, [
      `gitlab-alloydb state ${dataset}`,
    ]);
    return migrate(session, names, dataset);
  });
}

/** The version of the state, 0 where there is none. Throws E_STATE_VERSION as a run would; changes nothing. */
export function readStateVersion(database: Queryable, dataset: string): Promise<number> {
  return readVersion(database, stateNames(dataset), dataset);
}

/** Throws E_STATE_VERSION where the state lacks what this release reads, or is another one's; changes nothing. */
export async function requireCurrentState(database: Queryable, dataset: string): Promise<void> {
  const version = await readStateVersion(database, dataset);
  if (version >= STATE_VERSION) return;
  throw new LoaderError(
    'E_STATE_VERSION',
    `The state of dataset '${dataset}' has version ${version.toString()}, this release needs ${STATE_VERSION.toString()}: 'migrate' brings it there.`,
  );
}

/** True when the state has all that this code reads. Throws E_STATE_VERSION as a run would. */
export async function isStateCurrent(database: Queryable, dataset: string): Promise<boolean> {
  return (await readStateVersion(database, dataset)) >= STATE_VERSION;
}

async function migrate(
  session: Session,
  names: StateNames,
  dataset: string,
): Promise<StateUpgrade> {
  const version = await readVersion(session, names, dataset);
  // Another caller was first, and is of this release or a newer one.
  if (version >= STATE_VERSION) return { from: version, to: version };
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
    sql`insert into ${names.table('meta')} (key, value)
        values ('state_version', to_jsonb($1::int)), ('compatible_from', to_jsonb($2::int))
        on conflict (key) do update set value = excluded.value`,
    [STATE_VERSION, COMPATIBLE_FROM],
  );
  return { from: version, to: STATE_VERSION };
}

/** 0 when the state schema has not been made yet. Newer state says itself whether this release may use it. */
async function readVersion(
  database: Queryable,
  { table }: StateNames,
  dataset: string,
): Promise<number> {
  const found = await database.query(
    sql`select from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = $1::text and c.relname = 'meta'`,
    [`${dataset}_state`],
  );
  if (found.rows.length === 0) return 0;
  const { rows } = await database.query<{ version: number; oldest: number }>(
    sql`select v.version, coalesce((select (value #>> '{}')::int from ${table('meta')} where key = 'compatible_from'), v.version) as oldest
        from (select (value #>> '{}')::int as version from ${table('meta')} where key = 'state_version') v`,
  );
  const { version, oldest } = rows[0] ?? { version: 0, oldest: 0 };
  if (version > STATE_VERSION && oldest > STATE_VERSION) {
    throw new LoaderError(
      'E_STATE_VERSION',
      `The state of dataset '${dataset}' has version ${version.toString()}, for releases that know ${oldest.toString()} or more; this one knows ${STATE_VERSION.toString()}.`,
    );
  }
  return version;
}

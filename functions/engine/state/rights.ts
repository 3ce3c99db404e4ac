import { LoaderError } from '../model/errors.ts';
import type { Database } from '../sql/pool.ts';
import { sql } from '../sql/sql.ts';

/** What the login may do in the database. */
export interface Rights {
  readonly database: string;
  readonly databaseUser: string;
  readonly mayCreateSchemas: boolean;
  /** As PostgreSQL counts them: 170004 is 17.4. */
  readonly versionNumber: number;
  readonly databaseBytes: number;
  /** Tables of the dataset and its state, with their indexes. */
  readonly datasetBytes: number;
  /** Tables of the dataset to which the login may not add columns: somebody else owns them. */
  readonly ownedByOthers: readonly string[];
}

interface RightsRow {
  readonly database: string;
  readonly user: string;
  readonly version: string;
  readonly may_create: boolean;
  readonly may_stage: boolean;
  readonly missing: readonly string[];
  readonly version_number: number;
  readonly database_bytes: number;
  readonly dataset_bytes: number;
  readonly foreign_tables: readonly string[];
}

/** Reads the login's rights; throws E_DATABASE_RIGHT when a schema can neither be made nor be written to, or rows cannot be staged. */
export async function readRights(database: Database, dataset: string): Promise<Rights> {
  const { rows } = await database.query<RightsRow>(
    sql`select current_database() as database, current_user as user, current_setting('server_version') as version,
               has_database_privilege(current_database(), 'create') as may_create,
               has_database_privilege(current_database(), 'temporary') as may_stage,
               array(select name from unnest($1::text[]) name
                     left join pg_namespace n on n.nspname = name
                     where n.oid is null and not has_database_privilege(current_database(), 'create')
                        or n.oid is not null and not has_schema_privilege(n.oid, 'create, usage')) as missing,
               current_setting('server_version_num')::int as version_number,
               pg_database_size(current_database())::float8 as database_bytes,
               (select coalesce(sum(pg_total_relation_size(c.oid)), 0) from pg_class c join pg_namespace n on n.oid = c.relnamespace
                where n.nspname = any ($1::text[]) and c.relkind in ('r', 'p'))::float8 as dataset_bytes,
               array(select c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
                     where n.nspname = $2::text and c.relkind in ('r', 'p') and not pg_has_role(c.relowner, 'usage')
                     order by 1) as foreign_tables`,
    [[dataset, `${dataset}_state`], dataset],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('the database did not tell its rights');
  if (row.missing.length > 0) {
    throw new LoaderError(
      'E_DATABASE_RIGHT',
      `The login '${row.user}' may not create tables in '${row.missing.join("' and '")}' of database '${row.database}'.`,
    );
  }
  if (!row.may_stage) {
    throw new LoaderError(
      'E_DATABASE_RIGHT',
      `The login '${row.user}' may not make temporary tables in database '${row.database}'.`,
    );
  }
  const { database: name, version } = row;
  return {
    database: `${name} (PostgreSQL ${version})`,
    databaseUser: row.user,
    mayCreateSchemas: row.may_create,
    versionNumber: row.version_number,
    databaseBytes: row.database_bytes,
    datasetBytes: row.dataset_bytes,
    ownedByOthers: row.foreign_tables,
  };
}

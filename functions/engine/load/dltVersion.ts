import { qualified } from '../sql/identifier.ts';
import type { Database } from '../sql/pool.ts';
import type { Session } from '../sql/session.ts';
import { sql } from '../sql/sql.ts';
import type { DltSchema } from './dltSchema.ts';

/**
 * The newest version of the schema `name` in `_dlt_version`; other pipelines may keep theirs beside it. A version that
 * is `known` is not sent again: with many tables the document is large.
 */
export async function readDltSchema(
  database: Pick<Database, 'query'>,
  dataset: string,
  name: string,
  known?: DltSchema,
): Promise<DltSchema | undefined> {
  const exists = await database.query(
    sql`select from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = $1::text and c.relname = '_dlt_version'`,
    [dataset],
  );
  if (exists.rows.length === 0) return undefined;
  const { rows } = await database.query<{ schema: string | null }>(
    sql`select case when version_hash is distinct from $2::text or version <> $3::bigint then schema end as schema
        from ${qualified(dataset, '_dlt_version')}
        where schema_name = $1::text order by version desc, inserted_at desc limit 1`,
    [name, known?.version_hash ?? null, known?.version ?? 0],
  );
  const [newest] = rows;
  if (newest === undefined) return undefined;
  return newest.schema === null ? known : (JSON.parse(newest.schema) as DltSchema);
}

/** Appends a version of the schema, as dlt does. */
export async function insertDltSchema(
  session: Session,
  dataset: string,
  schema: DltSchema,
): Promise<void> {
  await session.query(
    sql`insert into ${qualified(dataset, '_dlt_version')}
          (version, engine_version, inserted_at, schema_name, version_hash, schema)
        values ($1::bigint, $2::bigint, clock_timestamp(), $3::text, $4::text, $5::text)`,
    [
      schema.version,
      schema.engine_version,
      schema.name,
      schema.version_hash,
      JSON.stringify(schema),
    ],
  );
}

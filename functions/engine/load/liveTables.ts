import type { Database } from '../sql/pool.ts';
import { type Sql, sql } from '../sql/sql.ts';

/** A column as PostgreSQL's catalog has it; null where something is not set. */
export interface LiveColumn {
  readonly name: string;
  /** With its length or precision, e.g. `character varying(64)`. */
  readonly type: string;
  /** The type's own name, e.g. `varchar`. */
  readonly typeName: string;
  readonly notNull: boolean;
  /** The expression of a default or, where `generated` is set, of a generated column. */
  readonly expression: string | null;
  readonly generated: boolean;
  readonly identity: 'always' | 'by default' | null;
  readonly collation: string | null;
  readonly comment: string | null;
}

/** A constraint or an index with the statement part that makes it. */
export interface LivePart {
  readonly name: string;
  readonly definition: string;
  readonly comment: string | null;
}

/** A table with everything that a statement can make anew. */
export interface LiveTable {
  readonly name: string;
  readonly isPartitioned: boolean;
  readonly comment: string | null;
  readonly columns: readonly LiveColumn[];
  /** Keys and checks; foreign keys stand apart, because they need other tables. */
  readonly constraints: readonly LivePart[];
  readonly foreignKeys: readonly LivePart[];
  /** Indexes that no constraint brings with it. */
  readonly indexes: readonly LivePart[];
}

/** The tables of a schema, in the order of their names, partitions left out. */
export interface LiveTables {
  readonly comment: string | null;
  /** Sequences that no identity column brings with it. */
  readonly sequences: readonly { readonly name: string; readonly type: string }[];
  readonly tables: readonly LiveTable[];
}

const COLUMNS = sql`
  select json_agg(json_build_object(
    'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'typeName', t.typname, 'notNull', a.attnotnull,
    'expression', pg_get_expr(d.adbin, d.adrelid), 'generated', a.attgenerated <> '',
    'identity', case a.attidentity when 'a' then 'always' when 'd' then 'by default' end,
    'collation', case when a.attcollation <> t.typcollation
                      then l.collnamespace::regnamespace || '.' || quote_ident(l.collname) end,
    'comment', col_description(c.oid, a.attnum)) order by a.attnum)
  from pg_attribute a
  join pg_type t on t.oid = a.atttypid
  left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  left join pg_collation l on l.oid = a.attcollation
  where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped`;

const INDEXES = sql`
  select json_agg(json_build_object('name', x.relname, 'definition', pg_get_indexdef(x.oid),
    'comment', obj_description(x.oid, 'pg_class')) order by x.relname)
  from pg_index i join pg_class x on x.oid = i.indexrelid
  where i.indrelid = c.oid
    and not exists (select from pg_constraint k where k.conindid = x.oid and k.contype in ('p', 'u', 'x'))`;

function constraints(kinds: Sql): Sql {
  return sql`
  select json_agg(json_build_object('name', k.conname, 'definition', pg_get_constraintdef(k.oid),
    'comment', obj_description(k.oid, 'pg_constraint')) order by k.conname)
  from pg_constraint k where k.conrelid = c.oid and k.contype in (${kinds})`;
}

/** Reads the tables of a schema in one statement, so that no change comes in between; undefined without the schema. */
export async function readLiveTables(
  database: Pick<Database, 'query'>,
  dataset: string,
): Promise<LiveTables | undefined> {
  const { rows } = await database.query<LiveTables>(
    sql`select obj_description(n.oid, 'pg_namespace') as comment,
          coalesce((
            select json_agg(json_build_object('name', c.relname, 'type', format_type(s.seqtypid, null)) order by c.relname)
            from pg_sequence s join pg_class c on c.oid = s.seqrelid
            where c.relnamespace = n.oid
              and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'i')), '[]') as sequences,
          coalesce((
            select json_agg(json_build_object('name', c.relname, 'isPartitioned', c.relkind = 'p',
              'comment', obj_description(c.oid, 'pg_class'), 'columns', coalesce((${COLUMNS}), '[]'),
              'constraints', coalesce((${constraints(sql`'p', 'u', 'c', 'x'`)}), '[]'),
              'foreignKeys', coalesce((${constraints(sql`'f'`)}), '[]'),
              'indexes', coalesce((${INDEXES}), '[]')) order by c.relname)
            from pg_class c
            where c.relnamespace = n.oid and c.relkind in ('r', 'p') and not c.relispartition), '[]') as tables
        from pg_namespace n where n.nspname = $1::text`,
    [dataset],
  );
  return rows[0];
}

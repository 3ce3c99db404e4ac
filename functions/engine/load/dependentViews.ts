import type { Session } from '../sql/session.ts';
import { sql } from '../sql/sql.ts';

/**
 * The views and materialized views that read each of these tables, directly or by way of others, as `schema.view` in
 * the order of their names. Tables without any are absent.
 */
export async function dependentViews(
  session: Session,
  dataset: string,
  tables: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { rows } = await session.query<{ table: string; views: readonly string[] }>(
    sql`with recursive reader as (
          select c.oid as source, c.relname, c.oid as relation
          from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where n.nspname = $1::text and c.relname = any ($2::text[])
          union
          select reader.source, reader.relname, view.oid
          from reader
          join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = reader.relation
            and d.classid = 'pg_rewrite'::regclass
          join pg_rewrite r on r.oid = d.objid
          join pg_class view on view.oid = r.ev_class and view.relkind in ('v', 'm'))
        select reader.relname as table,
               array_agg(n.nspname || '.' || view.relname order by n.nspname, view.relname) as views
        from reader join pg_class view on view.oid = reader.relation and reader.relation <> reader.source
        join pg_namespace n on n.oid = view.relnamespace
        group by reader.relname`,
    [dataset, tables],
  );
  return new Map(rows.map(({ table, views }) => [table, views]));
}

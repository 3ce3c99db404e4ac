import type { Binding, KnownColumn, ResourceSpec } from '../model/resource.ts';
import { scopeParameter } from '../model/resource.ts';
import type { Schema } from '../model/schema.ts';
import { identifier, qualified } from '../sql/identifier.ts';
import type { Database } from '../sql/pool.ts';
import { joined, literal, type Sql, sql } from '../sql/sql.ts';

/** What is counted, and where. */
export interface CountSource {
  readonly database: Pick<Database, 'query'>;
  readonly dataset: string;
  readonly schema: Schema;
  readonly resources: ReadonlyMap<string, ResourceSpec>;
}

const SAMPLED_ROWS = 100;

/**
 * How many stored values a resource asks for in all partitions: parents' rows, only those that are read again in any
 * case where `scans` says that it was read before; or known values without a row. Undefined for others.
 */
export async function countTargets(
  source: CountSource,
  resource: ResourceSpec,
  scans: 'first' | 'later',
): Promise<number | undefined> {
  const query = targetQuery(source, resource, scans);
  if (query === undefined || query === 'none') return query === 'none' ? 0 : undefined;
  const { rows } = await source.database.query<{ count: number }>(
    sql`select count(*)::float8 as count from (${query}) t`,
  );
  return rows[0]?.count ?? 0;
}

function targetQuery(
  source: CountSource,
  resource: ResourceSpec,
  scans: 'first' | 'later',
): Sql | 'none' | undefined {
  const bindings = Object.values(resource.bind);
  const parents = bindings.filter((binding) => binding.from === 'parent');
  if (parents.length > 0) return parentQuery(source, resource, { parents, scans });
  for (const [name, binding] of Object.entries(resource.bind)) {
    if (binding.from === 'known')
      return knownQuery(source, resource, { name, columns: binding.columns });
  }
  return undefined;
}

function parentQuery(
  { dataset, schema, resources }: CountSource,
  { cursor }: ResourceSpec,
  {
    parents,
    scans,
  }: {
    readonly parents: readonly Extract<Binding, { readonly from: 'parent' }>[];
    readonly scans: 'first' | 'later';
  },
): Sql | 'none' {
  const parent = resources.get(parents[0]?.resource ?? '');
  if (parent === undefined) return 'none';
  const columns = schema.get(parent.table)?.columns;
  const scope = scopeParameter(parent);
  const names = [...parents.map(({ field }) => field), ...(scope === undefined ? [] : [scope])];
  const wanted = scans === 'first' ? sql`true` : readAgain(cursor);
  if (wanted === undefined || !names.every((name) => columns?.has(name) === true)) return 'none';
  return sql`select distinct ${joined(names.map(identifier))} from ${qualified(dataset, parent.table)} where ${wanted}`;
}

/** Parent rows below which a later scan asks in any case; undefined where there are none. */
function readAgain(cursor: ResourceSpec['cursor']): Sql | undefined {
  if (cursor.kind !== 'changed-parents') return sql`true`;
  const conditions = Object.entries(cursor.rereadWhile).map(
    ([name, values]) => sql`${identifier(name)} in (${joined(values.map(literal))})`,
  );
  return conditions.length === 0 ? undefined : joined(conditions, sql` or `);
}

function knownQuery(
  { dataset, schema }: CountSource,
  { cursor, table }: ResourceSpec,
  { name, columns }: { readonly name: string; readonly columns: readonly KnownColumn[] },
): Sql | 'none' {
  const stored = columns.filter(
    (known) => schema.get(known.table)?.columns.has(known.column) === true,
  );
  if (stored.length === 0) return 'none';
  const values = joined(
    stored.map(
      (known) =>
        sql`select ${identifier(known.column)}::text as value from ${qualified(dataset, known.table)}`,
    ),
    sql` union `,
  );
  const isStored = schema.get(table)?.columns.has(name) === true && cursor.kind === 'missing';
  const missing = isStored
    ? sql`not exists (select from ${qualified(dataset, table)} r where r.${identifier(name)}::text = k.value)`
    : sql`true`;
  return sql`select value from (${values}) k where value <> '' and ${missing}`;
}

/** Bytes of a stored row as JSON, without its nulls, by the first rows of its table; undefined without rows. */
export async function storedRowBytes(
  { database, dataset, schema }: CountSource,
  { table }: ResourceSpec,
): Promise<number | undefined> {
  if (!schema.has(table)) return undefined;
  const { rows } = await database.query<{ bytes: number | null }>(
    sql`select avg(length(jsonb_strip_nulls(to_jsonb(t))::text))::float8 as bytes
        from (select * from ${qualified(dataset, table)} limit ${SAMPLED_ROWS.toString() as Sql}) t`,
  );
  return rows[0]?.bytes ?? undefined;
}

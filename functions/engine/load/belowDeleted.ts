import { childTables } from '../model/childTables.ts';
import { type Binding, type ResourceSpec, scopeParameter } from '../model/resource.ts';
import type { Schema } from '../model/schema.ts';
import { writeMethod } from '../model/writeMethod.ts';
import { identifier, qualified } from '../sql/identifier.ts';
import { joined, literal, type Sql, sql } from '../sql/sql.ts';

/** A resource whose rows stand below those of another: GitLab deletes them together. */
export interface BelowDeleted {
  readonly resource: ResourceSpec;
  /** The id of the resource that they stand below. */
  readonly parent: string;
  /** Columns of the rows that name the row above, with its own. */
  readonly columns: readonly (readonly [own: string, above: string])[];
  /** Whether a row `t` was written by this loader. */
  readonly isOwn: Sql;
}

interface Known {
  readonly schema: Schema;
  /** Those whose tables have what a deletion needs. */
  readonly resources: readonly ResourceSpec[];
  readonly isOwn: (table: string) => Sql;
}

/** The resources below one, those above before those below; left out where the rows do not name what they stand below. */
export function belowDeleted(above: ResourceSpec, known: Known): readonly BelowDeleted[] {
  const found: BelowDeleted[] = [];
  const parents = [above];
  const tables = new Set([above.table]);
  for (const parent of parents) {
    for (const resource of known.resources) {
      const columns = columnsToParent(resource, parent, known.schema);
      if (columns === undefined || tables.has(resource.table)) continue;
      tables.add(resource.table);
      parents.push(resource);
      found.push({ resource, parent: parent.id, columns, isOwn: known.isOwn(resource.table) });
    }
  }
  return found;
}

function columnsToParent(
  resource: ResourceSpec,
  parent: ResourceSpec,
  schema: Schema,
): BelowDeleted['columns'] | undefined {
  const bindings = Object.entries(resource.bind).filter(isParent);
  const isBelow = bindings.length > 0 && bindings.every(([, one]) => one.resource === parent.id);
  const scope = sharedScope(resource, parent);
  if (!isBelow || scope === undefined || !isUpserted(resource)) return undefined;
  const columns = [...scope, ...bindings.map(([name, { field }]) => [name, field] as const)];
  const [stored, known] = [schema.get(resource.table), schema.get(parent.table)];
  const has = columns.every(
    ([own, above]) => stored?.columns.has(own) === true && known?.columns.has(above) === true,
  );
  return has ? columns : undefined;
}

/** The columns that name the partition in both; undefined where only one of them has partitions. */
function sharedScope(
  resource: ResourceSpec,
  parent: ResourceSpec,
): BelowDeleted['columns'] | undefined {
  const [own, above] = [scopeParameter(resource), scopeParameter(parent)];
  if (own === undefined || above === undefined) return own === above ? [] : undefined;
  return [[own, above]];
}

function isUpserted(resource: ResourceSpec): boolean {
  return resource.primaryKey.length > 0 && writeMethod(resource) === 'upsert';
}

function isParent(
  entry: [string, Binding],
): entry is [string, Extract<Binding, { readonly from: 'parent' }>] {
  return entry[1].from === 'parent';
}

/** Where rows are deleted from. */
interface Place {
  readonly dataset: string;
  readonly schema: Schema;
}

/** A part of the statement that deletes: what it is called, and what becomes of its rows. */
export interface GoneRows {
  /** The part's rows: `id`, `last_load_id`, `key`, and the columns that rows below them name. */
  readonly name: Sql;
  readonly resource: ResourceSpec;
}

/** The parts of a statement that delete what stands below the rows of `gone`, with their child tables. */
export function deleteBelow(
  { dataset, schema }: Place,
  gone: GoneRows,
  below: readonly BelowDeleted[],
): { readonly parts: readonly Sql[]; readonly gone: readonly GoneRows[] } {
  const all: GoneRows[] = [gone];
  const parts = below.flatMap(({ resource, parent, columns, isOwn }, index) => {
    const above = all.find((one) => one.resource.id === parent);
    if (above === undefined) return [];
    const name = sql`gone_${index.toString() as Sql}`;
    all.push({ name, resource });
    const same = columns.map(([own, field]) =>
      sameValue(schema, { resource, above }, [own, field]),
    );
    const deleted = sql`${name} as (
      delete from ${qualified(dataset, resource.table)} t using ${above.name} g
      where ${joined([...same, isOwn], sql` and `)}
      returning ${returned(schema, resource, below)})`;
    return [deleted, ...deleteChildTables({ dataset, schema }, { name, resource })];
  });
  return { parts, gone: all };
}

function sameValue(
  schema: Schema,
  { resource, above }: { readonly resource: ResourceSpec; readonly above: GoneRows },
  [own, field]: readonly [string, string],
): Sql {
  const types = [schema.get(resource.table), schema.get(above.resource.table)].map(
    (table, index) => table?.columns.get(index === 0 ? own : field)?.type,
  );
  const [left, right] = [sql`t.${identifier(own)}`, sql`g.${identifier(aboveColumn(field))}`];
  return types[0] === types[1] ? sql`${left} = ${right}` : sql`${left}::text = ${right}::text`;
}

/** What a deleting part tells of each row; `below` says which of its columns other parts need. */
export function returned(
  schema: Schema,
  resource: ResourceSpec,
  below: readonly BelowDeleted[],
): Sql {
  // The cursor may have been taken from the row that goes.
  const cursor = 'field' in resource.cursor ? [resource.cursor.field] : [];
  const key = [...new Set([...resource.primaryKey, ...cursor])]
    .filter((name) => schema.get(resource.table)?.columns.has(name) === true)
    .map((name) => sql`${literal(name)}, t.${identifier(name)}`);
  const needed = new Set(
    below
      .filter(({ parent }) => parent === resource.id)
      .flatMap(({ columns }) => columns.map(([, above]) => above)),
  );
  const columns = [...needed].map(
    (name) => sql`t.${identifier(name)} as ${identifier(aboveColumn(name))}`,
  );
  return joined([
    sql`t._dlt_id as id, t._dlt_load_id as last_load_id, jsonb_build_object(${joined(key)}) as key`,
    ...columns,
  ]);
}

/** Columns of the row above keep apart from those that every part has. */
function aboveColumn(name: string): string {
  return `above_${name}`;
}

/** The parts of a statement that delete the child rows of deleted rows. */
export function deleteChildTables({ dataset, schema }: Place, gone: GoneRows): readonly Sql[] {
  return childTables(schema, gone.resource.table).map(
    ({ table }, index) => sql`${gone.name}_below_${index.toString() as Sql} as (
      delete from ${qualified(dataset, table)} where _dlt_root_id in (select id from ${gone.name}))`,
  );
}

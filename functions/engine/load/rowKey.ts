import type { ChildTable } from '../model/rows.ts';
import type { Schema, TableSchema } from '../model/schema.ts';
import type { RowKey } from '../model/takeover.ts';
import { type Identifier, identifier } from '../sql/identifier.ts';
import { joined, type Sql, sql } from '../sql/sql.ts';

/** GitLab's own address of an object: no two share it. */
const ADDRESS = 'web_url';

/** The key by which the rows of a table are known, of the columns that the table has; one list per kind of row. */
export function rowKey(
  { columns }: Pick<TableSchema, 'columns'>,
  keys: readonly (readonly string[])[],
): RowKey {
  const all = [...new Set(keys.flat())];
  const isCommon = (name: string): boolean => keys.every((key) => key.includes(name));
  const present = all.filter((name) => columns.has(name));
  return {
    common: present.filter(isCommon),
    owners: present.filter((name) => !isCommon(name)),
    nullable: new Set(present.filter((name) => columns.get(name)?.nullable === true)),
    form: formOf(all, present),
    address: columns.has(ADDRESS) && !all.includes(ADDRESS) ? ADDRESS : undefined,
    content: [...columns.keys()].filter((name) => !all.includes(name) && !name.startsWith('_dlt_')),
  };
}

/** Those of the tables below a root whose rows need not name it, so that they are found by their parent. */
export function foundByParent(live: Schema, children: readonly ChildTable[]): ReadonlySet<string> {
  const lacking = children.filter(
    ({ table }) => live.get(table)?.columns.get('_dlt_root_id')?.nullable !== false,
  );
  return new Set(lacking.map(({ table }) => table));
}

function formOf(all: readonly string[], present: readonly string[]): RowKey['form'] {
  if (all.length === 0) return 'single';
  return present.length === all.length ? 'complete' : 'partial';
}

/** Whether a row lacks a part of its key. */
export function lacksPart({ form, common, owners, nullable }: RowKey, alias: Sql): Sql {
  if (form === 'partial') return sql`true`;
  const isNull = (name: string): Sql => sql`${alias}.${identifier(name)} is null`;
  const parts = common.filter((name) => nullable.has(name)).map(isNull);
  if (owners.length > 0) parts.push(sql`(${joined(owners.map(isNull), sql` and `)})`);
  return parts.length === 0 ? sql`false` : sql`(${joined(parts, sql` or `)})`;
}

/** Two sides of a comparison: the alias of the stored row and that of the row which may take its place. */
export interface Sides {
  readonly old: Sql;
  readonly next: Sql;
  /** Columns that the next row has; others say nothing. */
  readonly known: ReadonlySet<string>;
}

/** Whether the next row is the same object as the old one, which may lack parts of its key. */
export function isSameRow(key: RowKey, sides: Sides): Sql {
  if (key.form === 'single') return sql`true`;
  const { old, next } = sides;
  const common = key.common.map((name) => sameOrMissing(name, key, sides));
  const owners = key.owners.map(identifier);
  const noOwner = joined(
    owners.map((name) => sql`${old}.${name} is null`),
    sql` and `,
  );
  const sameOwner = joined(
    owners.map((name) => sql`${old}.${name} is not distinct from ${next}.${name}`),
    sql` and `,
  );
  const conditions = [
    ...common,
    ...(owners.length === 0 ? [] : [sql`((${noOwner}) or (${sameOwner}))`]),
    ...addressed(key, sides),
    sql`(${joined([...keyParts(key, old), sameContent(key, sides)], sql` or `)})`,
  ];
  return joined(conditions, sql` and `);
}

function sameOrMissing(name: string, { nullable }: RowKey, { old, next }: Sides): Sql {
  const column = identifier(name);
  const same = sql`${old}.${column} = ${next}.${column}`;
  return nullable.has(name) ? sql`(${same} or ${old}.${column} is null)` : same;
}

function addressed(key: RowKey, { old, next, known }: Sides): readonly Sql[] {
  const lacking = lacksPart(key, old);
  if (key.address === undefined || !known.has(key.address) || lacking === 'false') return [];
  const column = identifier(key.address);
  const same = sql`${old}.${column} is null or ${old}.${column} = ${next}.${column}`;
  return [lacking === 'true' ? sql`(${same})` : sql`(not ${lacking} or ${same})`];
}

/** Whether the old row has any part of its key; a part that is never null makes the question superfluous. */
function keyParts({ common, nullable }: RowKey, old: Sql): readonly Sql[] {
  if (common.some((name) => !nullable.has(name))) return [sql`true`];
  return common.map((name) => sql`${old}.${identifier(name)} is not null`);
}

function sameContent({ content }: RowKey, { old, next, known }: Sides): Sql {
  const columns = content.filter((name) => known.has(name)).map(identifier);
  if (columns.length === 0) return sql`false`;
  return sql`${row(old, columns)} is not distinct from ${row(next, columns)}`;
}

function row(alias: Sql, columns: readonly Identifier[]): Sql {
  return sql`row(${joined(columns.map((column) => sql`${alias}.${column}`))})`;
}

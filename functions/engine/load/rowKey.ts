import type { ChildTable } from '../model/rows.ts';
import type { Schema, TableSchema } from '../model/schema.ts';
import type { KeyFacts, RowKey } from '../model/takeover.ts';
import { type Identifier, identifier } from '../sql/identifier.ts';
import { joined, type Sql, sql } from '../sql/sql.ts';

const ADDRESS = 'web_url';

/** The key by which the rows of a table are known, of the columns that the table has; one list per kind of row. */
export function rowKey(
  { columns }: Pick<TableSchema, 'columns'>,
  keys: readonly (readonly string[])[],
  facts: KeyFacts,
): RowKey {
  const all = [...new Set(keys.flat())];
  const isCommon = (name: string): boolean => keys.every((key) => key.includes(name));
  const present = all.filter((name) => columns.has(name));
  return {
    common: present.filter(isCommon),
    owners: present.filter((name) => !isCommon(name)),
    form: formOf(all, present),
    facts,
    address: columns.has(ADDRESS) && !all.includes(ADDRESS) ? ADDRESS : undefined,
    content: [...columns.keys()].filter((name) => !all.includes(name) && !name.startsWith('_dlt_')),
  };
}

function formOf(all: readonly string[], present: readonly string[]): RowKey['form'] {
  if (all.length === 0) return 'single';
  return present.length === all.length ? 'whole' : 'part';
}

/** Those of the tables below a root whose rows need not name it, so that they are found by their parent. */
export function foundByParent(live: Schema, children: readonly ChildTable[]): ReadonlySet<string> {
  const lacking = children.filter(
    ({ table }) => live.get(table)?.columns.get('_dlt_root_id')?.nullable !== false,
  );
  return new Set(lacking.map(({ table }) => table));
}

/** Whether a row lacks a part of its key: none does, all do, or those that fulfil a condition. */
export function lacksPart(
  { form, common, owners, facts }: RowKey,
  alias: Sql,
): 'none' | 'all' | { readonly rows: Sql } {
  if (form === 'part') return 'all';
  const isNull = (name: string): Sql => sql`${alias}.${identifier(name)} is null`;
  const parts = common.filter((name) => facts.nullColumns.includes(name)).map(isNull);
  if (owners.length > 0) parts.push(sql`(${joined(owners.map(isNull), sql` and `)})`);
  return parts.length === 0 ? 'none' : { rows: sql`(${joined(parts, sql` or `)})` };
}

/** Two sides of a comparison: the alias of the stored row and that of the row which may take its place. */
export interface Sides {
  readonly old: Sql;
  readonly next: Sql;
  /** Columns that the next row has; others say nothing. */
  readonly known: ReadonlySet<string>;
}

/**
 * Whether the next row is the same object as the old one. Where the old row lacks a part of its key, its address inside a
 * project tells; else what it has of the key, if that is different in every old row, or everything that is in it.
 */
export function isSameRow(key: RowKey, sides: Sides): Sql {
  if (key.form === 'single') return sql`true`;
  const conditions = [
    ...key.common.map((name) => sameOrMissing(name, key, sides)),
    ...sameOwner(key, sides),
    ...sameIdentity(key, sides),
  ];
  return conditions.length === 0 ? sql`false` : joined(conditions, sql` and `);
}

function sameOrMissing(name: string, { facts }: RowKey, { old, next }: Sides): Sql {
  const column = identifier(name);
  const same = sql`${old}.${column} = ${next}.${column}`;
  return facts.nullColumns.includes(name) ? sql`(${same} or ${old}.${column} is null)` : same;
}

function sameOwner({ owners }: RowKey, { old, next }: Sides): readonly Sql[] {
  if (owners.length === 0) return [];
  const names = owners.map(identifier);
  const none = names.map((name) => sql`${old}.${name} is null`);
  const same = names.map((name) => sql`${old}.${name} is not distinct from ${next}.${name}`);
  return [sql`((${joined(none, sql` and `)}) or (${joined(same, sql` and `)}))`];
}

function sameIdentity(key: RowKey, { old, next, known }: Sides): readonly Sql[] {
  const lacking = lacksPart(key, old);
  if (lacking === 'none') return [];
  const columns = key.content.filter((name) => known.has(name)).map(identifier);
  const content = key.facts.partsIdentify
    ? sql`true`
    : sql`${row(old, columns)} is not distinct from ${row(next, columns)}`;
  const same =
    key.address === undefined || !known.has(key.address)
      ? content
      : sql`case when ${isAddress(old, key.address)}
          then ${old}.${identifier(key.address)} = ${next}.${identifier(key.address)} else ${content} end`;
  return [lacking === 'all' ? same : sql`(not ${lacking.rows} or ${same})`];
}

/** What tells a row apart from others that have the same part of the key: its address or everything in it, as text. */
export function identityText({ address, content }: RowKey, alias: Sql): Sql {
  const whole = sql`md5(${row(alias, content.map(identifier))}::text)`;
  if (address === undefined) return whole;
  return sql`case when ${isAddress(alias, address)} then ${alias}.${identifier(address)} else ${whole} end`;
}

/** Addresses with `/-/` are those of objects inside a project or group; others are the address of a user. */
function isAddress(alias: Sql, address: string): Sql {
  return sql`${alias}.${identifier(address)} like '%/-/%'`;
}

function row(alias: Sql, columns: readonly Identifier[]): Sql {
  return sql`row(${joined(columns.map((column) => sql`${alias}.${column}`))})`;
}

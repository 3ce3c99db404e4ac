import type { DataType } from '../model/schema.ts';
import type { DltSchema, DltTable } from './dltSchema.ts';
import type { LiveTable } from './liveTables.ts';

/** `-`: expected and not in the database; `+`: in the database and not expected; `~`: there with another type. */
export interface SchemaDifference {
  readonly mark: '-' | '+' | '~';
  /** `table x` or `column x.y`. */
  readonly where: string;
  readonly what: string;
}

/** What resources demand of their table: columns that each row has, with a type where they say one. */
export interface DeclaredTable {
  readonly name: string;
  readonly columns: ReadonlyMap<string, DataType | undefined>;
}

/** The three descriptions of a dataset's tables. */
export interface SchemaSides {
  readonly stored: DltSchema;
  readonly live: readonly LiveTable[];
  readonly declared: readonly DeclaredTable[];
}

/** PostgreSQL's types in which dlt, or this loader, keeps a type of dlt's; the most usual first. */
const TYPE_NAMES: Readonly<Record<string, readonly string[]>> = {
  text: ['varchar', 'text'],
  bigint: ['int8', 'int4', 'int2'],
  double: ['float8'],
  bool: ['bool'],
  timestamp: ['timestamptz', 'timestamp'],
  json: ['jsonb', 'json'],
  date: ['date'],
  time: ['time'],
  decimal: ['numeric'],
  wei: ['numeric'],
  binary: ['bytea'],
};

/**
 * What stored schema, database and catalogue do not agree on. Tables that have had no row yet are in none of them, and
 * nullability is not compared: columns that are added to a table with rows stay nullable.
 */
export function schemaDifferences({
  stored,
  live,
  declared,
}: SchemaSides): readonly SchemaDifference[] {
  const tables = new Map(live.map((table) => [table.name, table]));
  const resources = new Map(declared.map((table) => [table.name, table]));
  const names = new Set([...Object.keys(stored.tables), ...tables.keys()]);
  return [...names].toSorted().flatMap((name) => {
    const own = stored.tables[name];
    const found = tables.get(name);
    if (found === undefined) return own === undefined || !hasRows(own) ? [] : [missing(own)];
    if (own === undefined) return unknown(found, resources);
    return [
      ...columnDifferences(own, found),
      ...unfilled(own, stored, resources),
      ...declaredDifferences(found, resources.get(name)),
    ];
  });
}

/** What stored schema and database do not agree on, whatever the catalogue has; tables without dlt's ids are left out. */
export function storedDifferences({
  stored,
  live,
}: Pick<SchemaSides, 'stored' | 'live'>): readonly SchemaDifference[] {
  const found = new Map(live.map((table) => [table.name, table]));
  const known = Object.values(stored.tables).flatMap((own) => {
    const table = found.get(own.name);
    if (table !== undefined) return columnDifferences(own, table);
    return hasRows(own) ? [missing(own)] : [];
  });
  const others = live.filter(({ name }) => stored.tables[name] === undefined);
  const ours = others.filter(({ columns }) => columns.some(({ name }) => name === '_dlt_id'));
  return [...known, ...ours.flatMap((table) => unknown(table, new Map()))];
}

/** dlt also keeps tables that it has never made, because none of their rows was ever seen. */
function hasRows({ name, ...table }: DltTable): boolean {
  const normalizer = table['x-normalizer'] as { readonly 'seen-data'?: boolean } | undefined;
  return name.startsWith('_dlt_') || normalizer?.['seen-data'] === true;
}

function missing({ name }: DltTable): SchemaDifference {
  return { mark: '-', where: `table ${name}`, what: 'stored, but not in the database' };
}

function unknown(
  { name, columns }: LiveTable,
  resources: ReadonlyMap<string, DeclaredTable>,
): readonly SchemaDifference[] {
  if (name.startsWith('_dlt_')) return [];
  const isOurs = resources.has(name) || columns.some((column) => column.name === '_dlt_id');
  const what = isOurs ? 'in the database, but not stored' : 'somebody else made it';
  return [{ mark: '+', where: `table ${name}`, what }];
}

function columnDifferences(own: DltTable, found: LiveTable): readonly SchemaDifference[] {
  const columns = new Map(found.columns.map((column) => [column.name, column]));
  const typed = Object.values(own.columns).filter(({ data_type }) => data_type !== undefined);
  const known = new Set(typed.map(({ name }) => name));
  return [
    ...typed.flatMap(({ name, data_type: type = '' }): readonly SchemaDifference[] => {
      const where = `column ${own.name}.${name}`;
      const column = columns.get(name);
      if (column === undefined)
        return [{ mark: '-', where, what: `stored as ${type}, but not in the database` }];
      if (TYPE_NAMES[type]?.includes(column.typeName) !== false) return [];
      return [{ mark: '~', where, what: `stored as ${type}, ${column.type} in the database` }];
    }),
    ...found.columns
      .filter(({ name }) => !known.has(name))
      .map(({ name, type }): SchemaDifference => {
        const what = `${type} in the database, but not stored`;
        return { mark: '+', where: `column ${own.name}.${name}`, what };
      }),
  ];
}

/** A table of a resource that the catalogue no longer has, or of another pipeline. */
function unfilled(
  own: DltTable,
  { tables }: DltSchema,
  resources: ReadonlyMap<string, DeclaredTable>,
): readonly SchemaDifference[] {
  let root = own;
  while (root.parent !== undefined && tables[root.parent] !== undefined)
    root = tables[root.parent] as DltTable;
  if (root.name.startsWith('_dlt_') || resources.has(root.name)) return [];
  return [{ mark: '+', where: `table ${own.name}`, what: 'no resource of the catalogue fills it' }];
}

function declaredDifferences(
  { name: table, columns }: LiveTable,
  declared: DeclaredTable | undefined,
): readonly SchemaDifference[] {
  return [...(declared?.columns ?? [])].flatMap(([name, type]): readonly SchemaDifference[] => {
    const where = `column ${table}.${name}`;
    const column = columns.find((one) => one.name === name);
    if (column === undefined)
      return [{ mark: '-', where, what: 'declared by the catalogue, but not in the database' }];
    if (type === undefined || TYPE_NAMES[type]?.includes(column.typeName) === true) return [];
    return [{ mark: '~', where, what: `${type} in the catalogue, ${column.type} in the database` }];
  });
}

import { readExact } from '../../functions/engine/normalize/exactJson.ts';
import { normalizeKey, shortenFragments } from '../../functions/engine/normalize/naming.ts';
import { groupedBy, type StoredRow, type StoredTable, type StoredTables } from './stored.ts';

/** A value as GitLab sent it. */
export type Sent =
  null | boolean | number | bigint | string | readonly Sent[] | { readonly [key: string]: Sent };

type SentObject = Readonly<Record<string, Sent>>;

/** How a stored value may differ from what was sent. */
export interface Expectation {
  /** Fields of the root whose values are replaced by a keyed hash. */
  readonly hashed: readonly string[];
  /** Fields of the root that have tables of their own. */
  readonly elsewhere: readonly string[];
  /** Fields of the root that were asked for. */
  readonly asked: ReadonlySet<string> | 'all';
  /** Columns of the root that the record itself does not have. */
  readonly added: readonly string[];
}

/** Where a part of a record is being looked for. */
interface Place {
  readonly tables: StoredTables;
  readonly table: StoredTable;
  readonly row: StoredRow;
  readonly expectation: Expectation;
  readonly fragments: readonly string[];
  readonly found: Set<string>;
  readonly losses: string[];
}

const NOTHING: Expectation = { hashed: [], elsewhere: [], asked: 'all', added: [] };

/** What a stored row and its children lost, changed or invented; empty when they hold the record exactly. */
export function losses(
  record: SentObject,
  stored: { readonly tables: StoredTables; readonly table: StoredTable; readonly row: StoredRow },
  expectation: Expectation = NOTHING,
): readonly string[] {
  const place: Place = { ...stored, expectation, fragments: [], found: new Set(), losses: [] };
  compareObject(record, place);
  for (const [column, value] of Object.entries(stored.row)) {
    const isOwn = column.startsWith('_dlt_') || expectation.added.includes(column);
    if (value !== null && !isOwn && !place.found.has(column))
      place.losses.push(`${stored.table.name}.${column} = ${value} was never sent`);
  }
  return place.losses;
}

function compareObject(object: SentObject, place: Place): void {
  for (const [key, value] of Object.entries(object)) {
    if (place.fragments.length === 0 && !isExpected(key, place.expectation)) continue;
    compareValue(value, { ...place, fragments: [...place.fragments, normalizeKey(key)] }, key);
  }
}

function isExpected(field: string, { elsewhere, asked }: Expectation): boolean {
  return !elsewhere.includes(field) && (asked === 'all' || asked.has(field));
}

function compareValue(value: Sent, place: Place, key: string): void {
  const { table, row, fragments, losses: lost } = place;
  const name = shortenFragments(fragments);
  const columns = columnsByName(table.types).get(name) ?? [];
  const [column, ...more] = columns.filter((known) => row[known] !== null);
  if (more.length > 0) lost.push(`${table.name}.${name} is stored in ${more.join()} too`);
  if (column !== undefined) compareScalar(value, column, { ...place, key });
  else if (value !== null) compareNested(value, place);
}

const indexes = new WeakMap<StoredTable['types'], ReadonlyMap<string, readonly string[]>>();

/** The columns that a value may stand in, by the column's name without its variant. */
function columnsByName(types: StoredTable['types']): ReadonlyMap<string, readonly string[]> {
  const known = indexes.get(types);
  if (known !== undefined) return known;
  const names = [...types.keys()].flatMap((column) => {
    const variants = [...column.matchAll(/(?=__v_)/g)];
    const shorter = variants.map(({ index }) => column.slice(0, index));
    return [column, ...shorter].map((name) => ({ name, column }));
  });
  const index = new Map(
    [...groupedBy(names, ({ name }) => name)].map(([name, list]) => [
      name,
      list.map(({ column }) => column),
    ]),
  );
  indexes.set(types, index);
  return index;
}

function compareScalar(
  value: Sent,
  column: string,
  {
    table,
    row,
    fragments,
    found,
    losses: lost,
    expectation,
    key,
  }: Place & { readonly key: string },
): void {
  found.add(column);
  const stored = row[column] ?? '';
  const isHashed = fragments.length === 1 && expectation.hashed.includes(key);
  const isKept = isHashed ? isHash(stored) : equals(value, stored, table.types.get(column) ?? '');
  if (!isKept) lost.push(`${table.name}.${column} = ${stored}, sent was ${shown(value)}`);
}

function compareNested(value: Sent, place: Place): void {
  if (isList(value)) compareList(value, place);
  else if (typeof value === 'object' && value !== null) compareObject(value, place);
  else place.losses.push(`${place.table.name}.${place.fragments.join('__')} lost ${shown(value)}`);
}

function compareList(list: readonly Sent[], place: Place): void {
  const { tables, table, row, fragments, losses: lost } = place;
  const name = shortenFragments([table.name, ...fragments]);
  const child = tables.get(name);
  const members = child?.byParent.get(row['_dlt_id'] ?? '') ?? [];
  if (members.length !== list.length)
    lost.push(`${name} has ${String(members.length)} rows of ${String(list.length)}`);
  if (child === undefined) return;
  list.forEach((member, index) => {
    const stored = members[index];
    if (stored === undefined) return;
    if (stored['_dlt_list_idx'] !== String(index)) lost.push(`${name} has no ${String(index)}`);
    lost.push(...losses(asRow(member), { tables, table: child, row: stored }));
  });
}

function asRow(member: Sent): SentObject {
  if (isList(member)) return { list: member };
  return typeof member === 'object' && member !== null ? member : { value: member };
}

function equals(value: Sent, stored: string, type: string): boolean {
  switch (type) {
    case 'timestamptz':
      return typeof value === 'string' && Date.parse(value) === Date.parse(stored);
    case 'float8':
      return typeof value === 'number' && value === Number(stored);
    case 'jsonb':
      return shown(value) === shown(readExact(stored));
    default:
      return typeof value !== 'object' && String(value) === stored;
  }
}

function isHash(stored: string): boolean {
  return /^hmac-sha256:[0-9a-f]{32}$/.test(stored);
}

function isList(value: Sent): value is readonly Sent[] {
  return Array.isArray(value);
}

/** A value as text, with sorted keys; every number as its digits. */
function shown(value: Sent): string {
  return JSON.stringify(value, (_key, member: Sent) => {
    if (typeof member === 'number' || typeof member === 'bigint') return `number ${String(member)}`;
    if (typeof member !== 'object' || member === null || isList(member)) return member;
    return Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}

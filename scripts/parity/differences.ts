import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from '../../functions/engine/model/json.ts';
import { readExact, writeExact } from '../../functions/engine/normalize/exactJson.ts';
import type { ResourceHints } from './hints.ts';
import type { Expected, ExpectedColumns } from './scenario.ts';
import type { StoredDataset } from './stored.ts';

const SHOWN = 160;

/** Columns that are random or of the moment in dlt's tables; only whether the instants are there is compared. */
const LOAD_ID = '_dlt_load_id';
const INSTANTS: ReadonlySet<string> = new Set(['_dlt_valid_from', '_dlt_valid_to']);

/** What differs between dlt's tables and ours, one sentence each; empty when they are the same. */
export function differences(
  expected: Expected,
  stored: StoredDataset,
  { ids }: Pick<ResourceHints, 'ids'>,
): readonly string[] {
  const columns = columnDifferences(expected.columns, stored.columns);
  if (expected.rows === undefined) return [...columns, ...countDifferences(expected, stored)];
  const theirs = canonicalRows(expected.rows, ids);
  const ours = canonicalRows(stored.rows, ids);
  const tables = [...new Set([...theirs.keys(), ...ours.keys()])].toSorted();
  const rows = tables.flatMap((table) => [
    ...missing(theirs.get(table), ours.get(table)).map((row) => `${table} lacks the row ${row}`),
    ...missing(ours.get(table), theirs.get(table)).map((row) => `${table} has the row ${row}`),
  ]);
  return [...columns, ...rows];
}

function columnDifferences(theirs: ExpectedColumns, ours: ExpectedColumns): readonly string[] {
  const tables = [...new Set([...theirs.keys(), ...ours.keys()])].toSorted();
  return tables.flatMap((table) => {
    const expected = theirs.get(table);
    const found = ours.get(table);
    if (expected === undefined) return [`the table ${table} is too many`];
    if (found === undefined) return [`the table ${table} is missing`];
    return expected.join(', ') === found.join(', ')
      ? []
      : [`${table} has the columns (${found.join(', ')}) instead of (${expected.join(', ')})`];
  });
}

function countDifferences({ counts }: Expected, { rows }: StoredDataset): readonly string[] {
  return [...rows].flatMap(([table, found]) => {
    const expected = counts[table] ?? 0;
    return expected === found.length
      ? []
      : [`${table} has ${found.length.toString()} rows instead of ${expected.toString()}`];
  });
}

/** Rows of each table without what is random; those of child tables stand with all that is above them. */
function canonicalRows(
  tables: ReadonlyMap<string, readonly string[]>,
  ids: ResourceHints['ids'],
): ReadonlyMap<string, readonly string[]> {
  const parsed = new Map(
    [...tables].map(([table, lines]) => [
      table,
      lines.map((line) => readExact(line)).filter(isJsonObject),
    ]),
  );
  const byId = new Map<string, JsonObject>();
  for (const rows of parsed.values()) for (const row of rows) byId.set(idOf(row, '_dlt_id'), row);
  return new Map(
    [...parsed]
      .filter(([, rows]) => rows.length > 0)
      .map(([table, rows]) => [table, rows.map((row) => canonical(row, byId, ids)).toSorted()]),
  );
}

function canonical(
  row: JsonObject,
  byId: ReadonlyMap<string, JsonObject>,
  ids: ResourceHints['ids'],
): string {
  const kept: Record<string, JsonValue> = {};
  for (const name of Object.keys(row).toSorted()) {
    if (name === LOAD_ID || (ids === 'random' && isId(name))) continue;
    const value = row[name] ?? null;
    kept[name] = INSTANTS.has(name) ? value !== null : value;
  }
  if (!('_dlt_parent_id' in row)) return writeExact(kept);
  const above = ['_dlt_parent_id', ...('_dlt_root_id' in row ? ['_dlt_root_id'] : [])].map(
    (link) => {
      const owner = byId.get(idOf(row, link));
      return owner === undefined ? 'nothing' : canonical(owner, byId, ids);
    },
  );
  return `${writeExact(kept)} of ${above.join(' of ')}`;
}

function isId(name: string): boolean {
  return name === '_dlt_id' || name === '_dlt_parent_id' || name === '_dlt_root_id';
}

function idOf(row: JsonObject, name: string): string {
  const id = row[name];
  return typeof id === 'string' ? id : '';
}

/** Members of the first list that the second lacks, counted. */
function missing(first: readonly string[] = [], second: readonly string[] = []): readonly string[] {
  const left = new Map<string, number>();
  for (const row of second) left.set(row, (left.get(row) ?? 0) + 1);
  const found: string[] = [];
  for (const row of first) {
    const count = left.get(row) ?? 0;
    if (count === 0) found.push(row.length > SHOWN ? `${row.slice(0, SHOWN)}…` : row);
    else left.set(row, count - 1);
  }
  return found;
}

import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from '../../functions/engine/model/json.ts';
import { readExact, writeExact } from '../../functions/engine/normalize/exactJson.ts';
import { coerceToMicros } from '../../functions/engine/normalize/timestamp.ts';
import type { Compared } from './compared.ts';
import type { ExpectedColumns } from './scenario.ts';

const VARIANT_INSTANT = /^(\S+__v_text) timestamp with time zone (\S+)$/;
const MICROS_PER_SECOND = 1_000_000n;

/** Our variant texts as the instants that dlt made of them, where dlt's column is a timestamp. */
export function withInstants(compared: Compared): Compared | undefined {
  const { stored } = compared;
  const instants = variantInstants(compared);
  if (instants.size === 0) return undefined;
  const columns = new Map(
    [...stored.columns].map(([table, list]) => {
      const names = instants.get(table);
      return [table, list.map((column) => asInstant(column, names))] as const;
    }),
  );
  const rows = new Map(
    [...stored.rows].map(([table, lines]) => {
      const names = instants.get(table) ?? [];
      return [table, lines.map((line) => changed(line, (row) => asInstants(row, names)))] as const;
    }),
  );
  return { ...compared, stored: { columns, rows } };
}

/** The names of such columns, table by table. */
function variantInstants({ expected, stored }: Compared): ReadonlyMap<string, ReadonlySet<string>> {
  const instants = new Map<string, Set<string>>();
  for (const [table, columns] of expected.columns) {
    const ours = stored.columns.get(table) ?? [];
    const names = columns.flatMap((column) => {
      const [, name = '', nullable = ''] = VARIANT_INSTANT.exec(column) ?? [];
      return ours.includes(`${name} character varying ${nullable}`) ? [name] : [];
    });
    if (names.length > 0) instants.set(table, new Set(names));
  }
  return instants;
}

function asInstant(column: string, names: ReadonlySet<string> | undefined): string {
  const [name = '', ...rest] = column.split(' ');
  const isInstant = names?.has(name) === true;
  return isInstant ? `${name} timestamp with time zone ${rest.at(-1) ?? ''}` : column;
}

function asInstants(row: JsonObject, names: Iterable<string>): JsonObject {
  const instants = [...names].flatMap((name) => {
    const text = row[name];
    const micros = typeof text === 'string' ? coerceToMicros(text) : undefined;
    return micros === undefined ? [] : [[name, isoText(micros)] as const];
  });
  return { ...row, ...Object.fromEntries(instants) };
}

/** An instant as PostgreSQL writes it in UTC: no fraction of zeros. */
function isoText(micros: bigint): string {
  const fraction = ((micros % MICROS_PER_SECOND) + MICROS_PER_SECOND) % MICROS_PER_SECOND;
  const second = new Date(Number((micros - fraction) / 1000n)).toISOString().slice(0, 19);
  const digits = fraction.toString().padStart(6, '0').replace(/0+$/, '');
  return `${second}${digits === '' ? '' : `.${digits}`}+00:00`;
}

/** Both sides without dlt's own columns, where nothing but ids and links can differ. */
export function withoutSystemColumns(compared: Compared): Compared {
  const { expected, stored } = compared;
  const rows = (tables: ReadonlyMap<string, readonly string[]>): Compared['stored']['rows'] =>
    new Map([...tables].map(([table, lines]) => [table, lines.map((line) => changed(line, own))]));
  return {
    ...compared,
    expected: {
      ...expected,
      columns: ownColumns(expected.columns),
      rows: expected.rows && rows(expected.rows),
    },
    stored: { columns: ownColumns(stored.columns), rows: rows(stored.rows) },
  };
}

/** dlt's tables without the rows that say that they are deleted, and without what is below them. */
export function withoutDeleted(compared: Compared): Compared | undefined {
  const { expected, hardDelete } = compared;
  if (hardDelete === undefined || expected.rows === undefined) return undefined;
  const deleted = new Set<JsonValue | undefined>();
  for (const row of [...expected.rows.values()].flat().map(readRow)) {
    const mark = row[hardDelete] ?? null;
    if ('_dlt_load_id' in row && mark !== null && mark !== false) deleted.add(row['_dlt_id']);
  }
  if (deleted.size === 0) return undefined;
  const isKept = (line: string): boolean => {
    const row = readRow(line);
    return !deleted.has(row['_dlt_root_id'] ?? row['_dlt_id']);
  };
  const rows = [...expected.rows].map(
    ([table, lines]) => [table, lines.filter((line) => isKept(line))] as const,
  );
  return { ...compared, expected: { ...expected, rows: new Map(rows) } };
}

/** Both sides without tables and columns that only one of them has and that hold nothing. */
export function withoutEmpty(compared: Compared): Compared {
  const { expected, stored } = compared;
  const theirs = filled(expected, stored);
  const ours = filled(stored, expected);
  return {
    ...compared,
    expected: { ...expected, columns: theirs.columns, rows: expected.rows && theirs.rows },
    stored: ours,
  };
}

type Tables = Pick<Compared['expected'], 'columns' | 'rows'>;

function filled(own: Tables, other: Tables): Compared['stored'] {
  const columns = new Map<string, readonly string[]>();
  const rows = new Map<string, readonly string[]>();
  for (const [table, list] of own.columns) {
    const lines = own.rows?.get(table) ?? [];
    const known = other.columns.get(table);
    if (known === undefined && lines.length === 0) continue;
    const names = new Set(known?.map(nameOf));
    const parsed = lines.map(readRow);
    const empty = new Set(
      list
        .map(nameOf)
        .filter((name) => !names.has(name) && parsed.every((row) => (row[name] ?? null) === null)),
    );
    columns.set(
      table,
      list.filter((column) => !empty.has(nameOf(column))),
    );
    rows.set(
      table,
      lines.map((line) => changed(line, (row) => without(row, empty))),
    );
  }
  return { columns, rows };
}

function without(row: JsonObject, names: ReadonlySet<string>): JsonObject {
  return Object.fromEntries(Object.entries(row).filter(([name]) => !names.has(name)));
}

function nameOf(column: string): string {
  return column.split(' ', 1)[0] ?? '';
}

function readRow(line: string): JsonObject {
  const row = readExact(line);
  return isJsonObject(row) ? row : {};
}

function ownColumns(tables: ExpectedColumns): ExpectedColumns {
  return new Map(
    [...tables].map(([table, columns]) => [
      table,
      columns.filter((column) => !column.startsWith('_dlt_')),
    ]),
  );
}

function own(row: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(row).filter(([name]) => !name.startsWith('_dlt_')));
}

function changed(line: string, change: (row: JsonObject) => JsonObject): string {
  return writeExact(change(readRow(line)));
}

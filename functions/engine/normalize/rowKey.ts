import { LoaderError } from '../model/errors.ts';
import type { JsonValue } from '../model/json.ts';
import type { DataType } from '../model/schema.ts';
import { coerce, IMPOSSIBLE } from './coerce.ts';
import { UNDECIDED } from './detour.ts';
import type { Reading } from './encode.ts';
import { isInt64 } from './infer.ts';
import { keyId } from './rowId.ts';
import type { TableEncoder } from './tableEncoder.ts';

/** The id of a row with a key. */
export interface RowKey {
  readonly id: string;
  /** A stored row may have the same key and another id, because an instant can be written in several zones. */
  readonly isLoose: boolean;
}

/**
 * The key of the row whose values stand in the encoder's slots, as the columns store it: `1` and `"1"` are one key.
 * Instants stay as they were written, as in dlt. Throws E_VALUE where part of it is missing.
 */
export function keyOf(
  encoder: TableEncoder,
  primaryKey: readonly string[],
  { table, reading }: { readonly table: string; readonly reading: Reading },
): RowKey {
  const key: Record<string, JsonValue> = {};
  const floats = new Set<string>();
  let isLoose = false;
  for (const column of primaryKey) {
    const index = encoder.indexOf(column);
    const value = encoder.valueAt(index);
    if (value === undefined) throw missingKey(table, column);
    const type = encoder.typeAt(index);
    if (type === 'double') floats.add(column);
    isLoose ||= type === 'timestamp';
    key[column] = asStored(value, type, reading);
  }
  return { id: keyId(key, floats), isLoose };
}

/** Throws E_VALUE where a row whose values stand in the slots lacks one of the columns. */
export function requireValues(
  encoder: TableEncoder,
  columns: readonly string[],
  table: string,
): void {
  for (const column of columns)
    if (encoder.valueAt(encoder.indexOf(column)) === undefined) throw missingKey(table, column);
}

/**
 * Only the exact reading shows how a number is stored in a column of another type. Throws UNDECIDED where the value does
 * not fit: the discovery of the exact reading says what is wrong with it.
 */
function asStored(value: JsonValue, type: DataType | undefined, { exact }: Reading): JsonValue {
  if (type === undefined || isOfType(value, type)) return value;
  if (!exact && type !== 'timestamp') throw UNDECIDED;
  const stored = coerce(value, type);
  if (stored === IMPOSSIBLE) throw UNDECIDED;
  return type === 'timestamp' ? value : stored;
}

/** Whether the value is stored as it is; in a double column only the exact reading can tell. */
function isOfType(value: JsonValue, type: DataType): boolean {
  switch (type) {
    case 'text':
      return typeof value === 'string';
    case 'bool':
      return typeof value === 'boolean';
    case 'bigint':
      return typeof value === 'bigint' ? isInt64(value) : Number.isSafeInteger(value);
    case 'double':
    case 'timestamp':
    case 'date':
    case 'decimal':
    case 'json':
      return false;
  }
}

/** What is thrown for a record that lacks a part of its key. */
export function missingKey(table: string, column: string): LoaderError {
  return new LoaderError(
    'E_VALUE',
    `A record for table '${table}' has no value for '${column}', which is part of its key.`,
    { details: { table, column, reason: 'key-missing' } },
  );
}

/** A value of the key that its column cannot hold; `shown` as people may see it. */
interface UnfitKey {
  readonly table: string;
  readonly column: string;
  readonly shown: string;
  readonly expected: DataType;
}

/** What is thrown for a record whose key does not fit its columns. */
export function unfitKey({ table, column, shown, expected }: UnfitKey): LoaderError {
  return new LoaderError(
    'E_VALUE',
    `A record for table '${table}' has ${shown} as '${column}', which is part of its key; expected ${expected}.`,
    { details: { table, column, reason: 'value-unfit' } },
  );
}

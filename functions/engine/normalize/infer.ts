import type { JsonValue } from '../model/json.ts';
import type { DataType } from '../model/schema.ts';
import { isTimestamp } from './timestamp.ts';

/** The types that a JSON value has by itself; they name the columns of values that do not fit: `x__v_text`. */
export type ValueKind = Extract<
  DataType,
  'text' | 'bigint' | 'double' | 'bool' | 'json' | 'decimal'
>;

const MIN_BIGINT = -(2n ** 63n);
const MAX_BIGINT = 2n ** 63n - 1n;

/** True when a bigint column takes the value. */
export function isInt64(value: bigint): boolean {
  return value >= MIN_BIGINT && value <= MAX_BIGINT;
}

/**
 * The kind of an exactly read value. Integers beyond 64 bits are `decimal`: dlt calls them bigint and then fails to
 * load them, while `numeric` keeps every digit. Null, which makes no column, counts as `json`.
 */
export function valueKind(value: JsonValue): ValueKind {
  if (typeof value === 'string') return 'text';
  if (typeof value === 'bigint') return isInt64(value) ? 'bigint' : 'decimal';
  if (typeof value === 'number') return 'double';
  return typeof value === 'boolean' ? 'bool' : 'json';
}

/**
 * The type of the column that an exactly read value makes: its kind, or `timestamp` for texts that dlt takes for one.
 * Undefined for null.
 */
export function inferType(value: JsonValue): DataType | undefined {
  if (value === null) return undefined;
  return typeof value === 'string' && isTimestamp(value) ? 'timestamp' : valueKind(value);
}

import type { JsonValue } from '../model/json.ts';
import type { DataType } from '../model/schema.ts';
import { readExact, writeExact } from './exactJson.ts';
import { isInt64 } from './infer.ts';
import {
  floatRepr,
  parsePythonDecimal,
  parsePythonFloat,
  parsePythonInteger,
  plainDecimal,
  strip,
} from './pythonText.ts';
import { coerceToMicros, unixMicros } from './timestamp.ts';

/** The value cannot be stored in a column of the type: it belongs in a variant column. */
export const IMPOSSIBLE: unique symbol = Symbol('impossible');

/**
 * A value for a column: text, date (`2024-01-11`) and decimal (digits without exponent) as string, bigint as bigint,
 * timestamp as bigint of microseconds since 1970, double as number, bool as boolean, json as the value itself.
 * Null is SQL's NULL.
 */
export type Coerced = JsonValue;

type Outcome = Coerced | typeof IMPOSSIBLE;

const TRUE_WORDS: ReadonlySet<string> = new Set(['yes', 'true', 't', 'y', '1']);
const FALSE_WORDS: ReadonlySet<string> = new Set(['no', 'false', 'f', 'n', '0']);

function toText(value: JsonValue): Outcome {
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return floatRepr(value);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return writeExact(value);
}

function integerOf(value: JsonValue): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'string') return parsePythonInteger(value);
  return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : undefined;
}

function toBigint(value: JsonValue): Outcome {
  const integer = integerOf(value);
  return integer !== undefined && isInt64(integer) ? integer : IMPOSSIBLE;
}

function doubleOfText(text: string): number | undefined {
  if (!strip(text).startsWith('0x')) return parsePythonFloat(text);
  const integer = parsePythonInteger(text);
  return integer === undefined ? undefined : Number(integer);
}

function doubleOf(value: JsonValue): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'string' ? doubleOfText(value) : undefined;
}

function toDouble(value: JsonValue): Outcome {
  const double = doubleOf(value);
  return double !== undefined && Number.isFinite(double) ? double : IMPOSSIBLE;
}

function toBool(value: JsonValue): Outcome {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'bigint' || typeof value === 'number') return Boolean(value);
  if (typeof value !== 'string') return IMPOSSIBLE;
  const word = value.toLowerCase();
  if (TRUE_WORDS.has(word)) return true;
  return FALSE_WORDS.has(word) ? false : IMPOSSIBLE;
}

function toJson(value: JsonValue): Outcome {
  if (typeof value === 'object') return value;
  if (typeof value !== 'string') return IMPOSSIBLE;
  try {
    return readExact(value, 'throw');
  } catch {
    return IMPOSSIBLE;
  }
}

function toTimestamp(value: JsonValue): bigint | typeof IMPOSSIBLE {
  if (typeof value === 'string') return coerceToMicros(value) ?? IMPOSSIBLE;
  if (typeof value !== 'number' && typeof value !== 'bigint') return IMPOSSIBLE;
  return unixMicros(value) ?? IMPOSSIBLE;
}

function toDate(value: JsonValue): Outcome {
  const micros = toTimestamp(value);
  if (micros === IMPOSSIBLE) return IMPOSSIBLE;
  return new Date(Math.floor(Number(micros) / 1000)).toISOString().slice(0, 10);
}

function toDecimal(value: JsonValue): Outcome {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return plainDecimal(floatRepr(value)) ?? IMPOSSIBLE;
  return typeof value === 'string' ? (parsePythonDecimal(value) ?? IMPOSSIBLE) : IMPOSSIBLE;
}

const COERCIONS: Readonly<Record<DataType, (value: JsonValue) => Outcome>> = {
  text: toText,
  bigint: toBigint,
  double: toDouble,
  bool: toBool,
  json: toJson,
  timestamp: toTimestamp,
  date: toDate,
  decimal: toDecimal,
};

/**
 * Makes an exactly read value fit a column as dlt does. What dlt accepts but PostgreSQL then refuses, or what stops
 * dlt's run, is IMPOSSIBLE: integers beyond 64 bits, infinities and NaN, instants beyond the years 1 to 9999.
 */
export function coerce(value: JsonValue, to: DataType): Outcome {
  return value === null ? null : COERCIONS[to](value);
}

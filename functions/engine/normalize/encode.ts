import type { JsonValue } from '../model/json.ts';
import type { DataType } from '../model/schema.ts';
import { coerce, type Coerced, IMPOSSIBLE } from './coerce.ts';
import { UNDECIDED } from './detour.ts';
import { writeExact } from './exactJson.ts';
import { isExactlyReadable } from './isExactlyReadable.ts';
import { numericBytes } from './numeric.ts';
import { mayBeDeep, requireShallow } from './recordLimits.ts';
import { MICROS_TO_2000, writeTimestamp } from './timestamp.ts';
import type { TupleWriter } from './tupleWriter.ts';

/** How far the values of a page can be trusted to show their literals. */
export interface Reading {
  /** Read by the exact reader: integers are bigint, other numbers are number. */
  readonly exact: boolean;
  /** Whether the text holds no number literal that `JSON.stringify` would print differently. */
  readonly literalsKept: () => boolean;
  /** The text may hold NUL characters or lone surrogates, which PostgreSQL cannot store. */
  readonly needsCleaning: boolean;
}

/** Values from the exact reader need no proof. */
export const EXACT: Reading = { exact: true, literalsKept: () => true, needsCleaning: true };

/** How the values that `JSON.parse` gives for this text can be trusted; the text is searched only when asked. */
export function parsedReading(text: string): Reading {
  let kept: boolean | undefined;
  return {
    exact: false,
    literalsKept: () => (kept ??= isExactlyReadable(text)),
    needsCleaning: /\\u(?:0000|d[89a-f])/i.test(text),
  };
}

/** Writes one value; false means that the column's type cannot hold it and nothing was written. */
export type Encoder = (value: JsonValue, out: TupleWriter, reading: Reading) => boolean;

/** One encoder per type; each takes the common case at once and leaves the rest to the coercion rules. */
export const ENCODERS: Readonly<Record<DataType, Encoder>> = {
  bigint: (value, out, reading) => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value))
      return coerced('bigint', value, out, reading);
    out.int64(value);
    return true;
  },
  double: (value, out, reading) => {
    if (typeof value !== 'number' || !Number.isFinite(value))
      return coerced('double', value, out, reading);
    out.double(value);
    return true;
  },
  bool: (value, out, reading) => {
    if (typeof value !== 'boolean') return coerced('bool', value, out, reading);
    out.bool(value);
    return true;
  },
  text: (value, out, reading) => {
    if (typeof value !== 'string') return coerced('text', value, out, reading);
    out.text(reading.needsCleaning ? withoutNul(value) : value);
    return true;
  },
  timestamp: (value, out, reading) => {
    if (
      typeof value === 'string' &&
      out.eightBytes((buffer, offset) => writeTimestamp(value, buffer, offset))
    ) {
      return true;
    }
    return coerced('timestamp', value, out, reading);
  },
  json: (value, out, reading) => {
    if (typeof value !== 'object') return coerced('json', value, out, reading);
    if (!reading.exact && !reading.literalsKept() && holdsNumbers(value)) throw UNDECIDED;
    writeJson(value, out, reading);
    return true;
  },
  date: (value, out, reading) => coerced('date', value, out, reading),
  decimal: (value, out, reading) => coerced('decimal', value, out, reading),
};

function writeJson(value: JsonValue, out: TupleWriter, reading: Reading): void {
  const json = jsonOf(value, reading);
  if (mayBeDeep(json)) requireShallow(value);
  out.jsonb(json);
}

function jsonOf(value: JsonValue, { exact, needsCleaning }: Reading): string {
  if (exact) return writeExact(value);
  return needsCleaning ? writeExact(value, 'plain') : JSON.stringify(value);
}

const DEEP = 20;

/** Whether a number stands anywhere in a value; what is deeper than twenty levels counts as one. */
function holdsNumbers(value: JsonValue, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return typeof value === 'number';
  if (depth === DEEP) return true;
  return Object.values(value).some((member: JsonValue) => holdsNumbers(member, depth + 1));
}

function withoutNul(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '') : text;
}

function coerced(type: DataType, value: JsonValue, out: TupleWriter, reading: Reading): boolean {
  const result = coerce(reading.exact ? value : asExact(value, type), type);
  if (result === IMPOSSIBLE) return false;
  writeCoerced(type, result, out);
  return true;
}

/** Integers below 2^53 read by `JSON.parse` may have been written `7` or `7.0`; only text shows which. */
function asExact(value: JsonValue, type: DataType): JsonValue {
  // `1e400` is Infinity here; only the exact reading counts it.
  if (typeof value === 'object' || value === Infinity || value === -Infinity) throw UNDECIDED;
  if (typeof value !== 'number' || !Number.isInteger(value)) return value;
  if (type === 'text' || type === 'decimal' || !Number.isSafeInteger(value)) throw UNDECIDED;
  return BigInt(value);
}

function writeCoerced(type: DataType, value: Coerced, out: TupleWriter): void {
  if (value === null) out.null();
  else if (type === 'json') writeJson(value, out, EXACT);
  else if (typeof value === 'bigint') {
    out.bigint64(type === 'timestamp' ? value - MICROS_TO_2000 : value);
  } else if (typeof value === 'number') out.double(value);
  else if (typeof value === 'boolean') out.bool(value);
  else if (typeof value === 'string') writeCoercedText(type, value, out);
}

function writeCoercedText(type: DataType, value: string, out: TupleWriter): void {
  if (type === 'decimal') out.bytes(numericBytes(value));
  else if (type === 'date') out.int32(daysSince2000(value));
  else out.text(withoutNul(value));
}

function daysSince2000(isoDate: string): number {
  return Math.round((Date.parse(`${isoDate}T00:00:00Z`) - Date.UTC(2000, 0, 1)) / 86_400_000);
}

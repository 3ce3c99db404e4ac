import type { JsonValue } from '../model/json.ts';
import { orderWith } from './keyOrder.ts';
import { floatJson } from './pythonText.ts';
import { stringJson } from './stringJson.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const LETTER_F = 0x66;
const LETTER_N = 0x6e;
const LETTER_T = 0x74;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const NUMBER = /[-+.eE\d]*/y;

/** A position in a text that is known to be JSON. */
interface Cursor {
  readonly text: string;
  at: number;
  /** The first backslash after the last string's start; the text's length when there is none. */
  backslash: number;
  readonly overflow: Overflow;
}

/** A list or an object whose members are being read. */
interface Frame {
  readonly container: JsonValue[] | Record<string, JsonValue>;
  key: string;
  /** The keys as they came, once one of them is an integer: JavaScript puts such keys first. */
  order: string[] | undefined;
}

/** What becomes of a number beyond the range of doubles, such as `1e400`; `infinity` lets it be counted later. */
export type Overflow = 'null' | 'throw' | 'infinity';

/** Moves to the next character that is no white space and returns its code. */
function nextCode(cursor: Cursor): number {
  let code = cursor.text.charCodeAt(cursor.at);
  while (code <= 0x20) {
    cursor.at += 1;
    code = cursor.text.charCodeAt(cursor.at);
  }
  return code;
}

function backslashAfter(cursor: Cursor, start: number): number {
  if (cursor.backslash < start) {
    const found = cursor.text.indexOf('\\', start);
    cursor.backslash = found < 0 ? cursor.text.length : found;
  }
  return cursor.backslash;
}

function readString(cursor: Cursor): string {
  const { text, at: start } = cursor;
  let end = text.indexOf('"', start + 1);
  const backslash = backslashAfter(cursor, start);
  if (backslash > end) {
    cursor.at = end + 1;
    return text.slice(start + 1, end);
  }
  end = backslash;
  while (text.charCodeAt(end) !== QUOTE) end += text.charCodeAt(end) === BACKSLASH ? 2 : 1;
  cursor.at = end + 1;
  return String(JSON.parse(text.slice(start, end + 1)));
}

function readNumber(cursor: Cursor): JsonValue {
  NUMBER.lastIndex = cursor.at;
  const literal = NUMBER.exec(cursor.text)?.[0] ?? '';
  cursor.at += literal.length;
  if (!/[.eE]/.test(literal)) return BigInt(literal);
  const value = Number(literal);
  if (Number.isFinite(value) || cursor.overflow === 'infinity') return value;
  if (cursor.overflow === 'throw')
    throw new RangeError(`'${literal}' is beyond the range of doubles.`);
  return null;
}

function readScalar(cursor: Cursor, code: number): JsonValue {
  if (code === QUOTE) return readString(cursor);
  if (code !== LETTER_F && code !== LETTER_N && code !== LETTER_T) return readNumber(cursor);
  cursor.at += code === LETTER_F ? 5 : 4;
  return code === LETTER_N ? null : code === LETTER_T;
}

function readKey(cursor: Cursor): string {
  nextCode(cursor);
  const key = readString(cursor);
  nextCode(cursor);
  cursor.at += 1;
  return key;
}

/** Reads values until one that is no container with members is complete; what it opens goes on the stack. */
function descend(cursor: Cursor, stack: Frame[]): JsonValue {
  for (;;) {
    const code = nextCode(cursor);
    if (code !== OPEN_LIST && code !== OPEN_OBJECT) return readScalar(cursor, code);
    cursor.at += 1;
    const container = code === OPEN_LIST ? [] : {};
    const first = nextCode(cursor);
    if (first === CLOSE_LIST || first === CLOSE_OBJECT) {
      cursor.at += 1;
      return container;
    }
    const key = code === OPEN_LIST ? '' : readKey(cursor);
    stack.push({ container, key, order: undefined });
  }
}

function addMember(frame: Frame, value: JsonValue): void {
  const { container, key } = frame;
  if (Array.isArray(container)) {
    container.push(value);
    return;
  }
  frame.order = orderWith(frame.order, container, key);
  if (key === '__proto__') {
    Object.defineProperty(container, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  } else {
    container[key] = value;
  }
}

/** Gives a complete value to its container and closes every container that ends with it; returns the last. */
function ascend(cursor: Cursor, stack: Frame[], value: JsonValue): JsonValue {
  let complete = value;
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    addMember(frame, complete);
    const code = nextCode(cursor);
    cursor.at += 1;
    if (code === COMMA) {
      if (!Array.isArray(frame.container)) frame.key = readKey(cursor);
      break;
    }
    complete = frame.container;
    stack.pop();
  }
  return complete;
}

/**
 * Reads what `JSON.parse` reads and throws what it throws, but gives integers as bigint, so that a number is always
 * one with a point or an exponent. `1e400` is null, as in dlt, unless `overflow` says otherwise. Depth does not matter.
 */
export function readExact(text: string, overflow: Overflow = 'null'): JsonValue {
  JSON.parse(text);
  return readParsed(text, overflow);
}

/** The same for a text that `JSON.parse` is known to read. */
export function readParsed(text: string, overflow: Overflow = 'null'): JsonValue {
  const cursor: Cursor = { text, at: 0, backslash: -1, overflow };
  const stack: Frame[] = [];
  for (;;) {
    const value = ascend(cursor, stack, descend(cursor, stack));
    if (stack.length === 0) return value;
  }
}

/**
 * How a value was read. `exact`: by `readExact`, where every number is a float. `plain`: by `JSON.parse`, where a
 * number without a fraction is an integer. `raw`: exactly, and texts are written with all that jsonb does not take.
 */
export type Reading = 'exact' | 'plain' | 'raw';

type Scalar = Exclude<JsonValue, object>;

/** A list or an object that is being written; `index` is the next member. */
interface Output {
  readonly brackets: '[]' | '{}';
  readonly keys: readonly string[] | undefined;
  readonly values: readonly JsonValue[];
  index: number;
}

function textJson(text: string, reading: Reading): string {
  return reading === 'raw' ? JSON.stringify(text) : stringJson(text);
}

function scalarJson(value: Scalar, reading: Reading): string {
  if (typeof value === 'string') return textJson(value, reading);
  if (typeof value !== 'number') return String(value);
  return reading === 'plain' && Number.isSafeInteger(value) ? String(value) : floatJson(value);
}

function isScalar(value: JsonValue): value is Scalar {
  return typeof value !== 'object' || value === null;
}

function outputOf(value: Exclude<JsonValue, Scalar>): Output {
  if (Array.isArray(value)) return { brackets: '[]', keys: undefined, values: value, index: 0 };
  return { brackets: '{}', keys: Object.keys(value), values: Object.values(value), index: 0 };
}

/** What stands before a member: a comma and, in objects, the key. */
function memberStart({ keys, index }: Output, reading: Reading): string {
  const comma = index === 0 ? '' : ',';
  const key = keys?.[index];
  return key === undefined ? comma : `${comma}${textJson(key, reading)}:`;
}

/**
 * The compact JSON that dlt stores in a jsonb column: floats keep a point or an exponent, integers every digit. NUL
 * is dropped and a lone surrogate becomes U+FFFD, because jsonb takes neither. Depth does not matter.
 */
export function writeExact(value: JsonValue, reading: Reading = 'exact'): string {
  if (isScalar(value)) return scalarJson(value, reading);
  const stack: Output[] = [];
  let json = '';
  const open = (nested: Exclude<JsonValue, Scalar>): void => {
    const output = outputOf(nested);
    stack.push(output);
    json += output.brackets.charAt(0);
  };
  open(value);
  for (let output = stack.at(-1); output !== undefined; output = stack.at(-1)) {
    const member = output.values[output.index];
    if (member === undefined) {
      json += output.brackets.charAt(1);
      stack.pop();
      continue;
    }
    json += memberStart(output, reading);
    output.index += 1;
    if (isScalar(member)) json += scalarJson(member, reading);
    else open(member);
  }
  return json;
}

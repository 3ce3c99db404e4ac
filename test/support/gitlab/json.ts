const FLOAT: unique symbol = Symbol('float');

/** A number that JSON text always writes with a decimal point, as Ruby writes a Float. */
export interface Float {
  readonly [FLOAT]: number;
}

/** A JSON value that knows integers of any size and floats from each other. */
export type Json = null | boolean | number | bigint | string | Float | readonly Json[] | JsonObject;

/** A JSON object; keys keep their order. */
export interface JsonObject {
  readonly [key: string]: Json;
}

/** A JSON value as a reader without float markers sees it. */
export type Plain =
  null | boolean | number | bigint | string | readonly Plain[] | { readonly [key: string]: Plain };

const sharedTexts = new WeakMap<object, string>();
const keyTexts = new Map<string, string>();

/** Marks a number as a float: `float(60)` becomes `60.0`. */
export function float(value: number): Float {
  return { [FLOAT]: value };
}

/** Remembers the text of an object that many others contain, so that it is written once. */
export function shared(value: JsonObject): JsonObject {
  sharedTexts.set(value, serializeObject(value));
  return value;
}

/** The JSON text of a value, floats with a decimal point and big integers in full. */
export function serialize(value: Json): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object') return String(value);
  if (isList(value)) return `[${value.map(serialize).join(',')}]`;
  if (isFloat(value)) return floatText(value[FLOAT]);
  return sharedTexts.get(value) ?? serializeObject(value);
}

/** The value with its floats as ordinary numbers; integers beyond 2^53 stay bigint. */
export function plain(value: Json): Plain {
  if (value === null || typeof value !== 'object') return value;
  if (isList(value)) return value.map(plain);
  if (isFloat(value)) return value[FLOAT];
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
}

/** True for lists; narrows where `Array.isArray` does not. */
export function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** True for a number made by `float`. */
export function isFloat(value: Json): value is Float {
  return typeof value === 'object' && value !== null && FLOAT in value;
}

function serializeObject(value: JsonObject): string {
  let text = '';
  for (const key in value) {
    const member = value[key];
    if (member !== undefined) text += (text === '' ? '' : ',') + keyText(key) + serialize(member);
  }
  return `{${text}}`;
}

function keyText(key: string): string {
  const known = keyTexts.get(key);
  if (known !== undefined) return known;
  const text = `${JSON.stringify(key)}:`;
  if (keyTexts.size < 1000) keyTexts.set(key, text);
  return text;
}

function floatText(value: number): string {
  return Number.isInteger(value) ? `${String(value)}.0` : String(value);
}

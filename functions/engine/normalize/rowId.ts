import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import { type Reading, writeExact } from './exactJson.ts';
import { shake128 } from './shake128.ts';

/** Texts keep NUL here: the id is that of the key as GitLab sent it. */
function valueJson(value: JsonValue, reading: Reading): string {
  return typeof value === 'string' ? JSON.stringify(value) : writeExact(value, reading);
}

/**
 * dlt's `_dlt_id` of a row with a primary key, the same in every load: 14 characters from the normalized names and the
 * values, in any order. Integers give the same id whether they were read exactly or by `JSON.parse`; the values of columns
 * for floats must have been read exactly, because dlt gives `1.0` another id than `1`.
 */
export function keyId(
  primaryKeyValues: Readonly<Record<string, JsonValue>>,
  floats?: ReadonlySet<string>,
): string {
  const names = Object.keys(primaryKeyValues);
  if (names.length > 1) names.sort();
  let json = '';
  for (const name of names) {
    const reading = floats?.has(name) === true ? 'exact' : 'plain';
    const value = valueJson(primaryKeyValues[name] ?? null, reading);
    json += `${json === '' ? '{' : ','}"${name}":${value}`;
  }
  return shake128(`${json}}`);
}

/** dlt's `_dlt_id` of the row of a child table, from its parent row's id and its place in the list. */
export function childId(parentId: string, table: string, index: number): string {
  return shake128(`${parentId}_${table}_${String(index)}`);
}

/** dlt's `_dlt_id` of a version of a row: the same as long as everything in it is. Wants an exactly read record. */
export function contentId(record: JsonObject): string {
  return shake128(writeExact(sorted(record)));
}

function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, sorted(member)]));
}

const MICROS_TO_2020 = 1_577_836_800_000_000n;
/** A million rows of one load before its ids run into the next microsecond. */
const ROWS_PER_MICRO = 1n << 20n;
const ID_LENGTH = 14;

/**
 * A `_dlt_id` for rows without a key: 14 of `0-9a-v` that grow with the load and with `row`, its number in the load.
 * Load ids are unique, so these are without chance, and the same when a package is repeated.
 */
export function timeId(loadId: string, row: number): string {
  const micros = BigInt(loadId.replace('.', ''));
  const number = (micros - MICROS_TO_2020) * ROWS_PER_MICRO + BigInt(row);
  return number.toString(32).padStart(ID_LENGTH, '0');
}

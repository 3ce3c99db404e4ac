import type { JsonValue } from '../model/json.ts';
import { writeExact } from './exactJson.ts';
import { shake128 } from './shake128.ts';

/** Texts keep NUL here: the id is that of the key as GitLab sent it. */
function valueJson(value: JsonValue): string {
  return typeof value === 'string' ? JSON.stringify(value) : writeExact(value, 'plain');
}

/**
 * dlt's `_dlt_id` of a row with a primary key, the same in every load: 14 characters from the normalized names and the
 * values, in any order. Integers give the same id whether they were read exactly or by `JSON.parse`.
 */
export function keyId(primaryKeyValues: Readonly<Record<string, JsonValue>>): string {
  const names = Object.keys(primaryKeyValues);
  if (names.length > 1) names.sort();
  let json = '';
  for (const name of names) {
    json += `${json === '' ? '{' : ','}"${name}":${valueJson(primaryKeyValues[name] ?? null)}`;
  }
  return shake128(`${json}}`);
}

/** dlt's `_dlt_id` of the row of a child table, from its parent row's id and its place in the list. */
export function childId(parentId: string, table: string, index: number): string {
  return shake128(`${parentId}_${table}_${String(index)}`);
}

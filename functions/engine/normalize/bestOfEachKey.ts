import type { JsonObject, JsonValue } from '../model/json.ts';
import type { ResourceSpec } from '../model/resource.ts';
import { writeExact } from './exactJson.ts';
import { normalizeKey } from './naming.ts';

/** Of several records with the same key, the one that the resource's sort keeps; the first where they are equal. */
export function bestOfEachKey(
  records: readonly JsonObject[],
  { dedupSort, primaryKey }: ResourceSpec,
): readonly JsonObject[] {
  if (dedupSort === undefined) return records;
  const best = new Map<string, JsonObject>();
  for (const record of records) {
    const key = writeExact(
      primaryKey.map((column) => valueOf(record, column)),
      'plain',
    );
    const other = best.get(key);
    if (other === undefined || isBetter(record, other, dedupSort)) best.set(key, record);
  }
  return [...best.values()];
}

function isBetter(
  record: JsonObject,
  other: JsonObject,
  { column, keep }: NonNullable<ResourceSpec['dedupSort']>,
): boolean {
  const value = valueOf(record, column);
  const standing = valueOf(other, column);
  if (value === null || typeof value === 'object') return false;
  if (standing === null || typeof standing === 'object') return true;
  return keep === 'highest' ? value > standing : value < standing;
}

function valueOf(record: JsonObject, column: string): JsonValue {
  if (column in record) return record[column] ?? null;
  const key = Object.keys(record).find((name) => normalizeKey(name) === column);
  return key === undefined ? null : (record[key] ?? null);
}

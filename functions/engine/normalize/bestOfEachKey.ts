import type { JsonObject, JsonValue } from '../model/json.ts';
import type { ResourceSpec } from '../model/resource.ts';
import { writeExact } from './exactJson.ts';
import { normalizeKey } from './naming.ts';
import { timestampMicros } from './timestamp.ts';

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
  const value = comparable(valueOf(record, column));
  const standing = comparable(valueOf(other, column));
  // As in PostgreSQL, nothing is higher than null.
  if (value === null || standing === null) {
    return value !== standing && (value === null) === (keep === 'highest');
  }
  return keep === 'highest' ? value > standing : value < standing;
}

/** Timestamps are compared as instants, whatever zone they are written in. */
function comparable(value: JsonValue): Exclude<JsonValue, object> | null {
  if (typeof value === 'object') return null;
  return typeof value === 'string' ? (timestampMicros(value) ?? value) : value;
}

function valueOf(record: JsonObject, column: string): JsonValue {
  if (column in record) return record[column] ?? null;
  const key = Object.keys(record).find((name) => normalizeKey(name) === column);
  return key === undefined ? null : (record[key] ?? null);
}

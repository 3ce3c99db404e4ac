import { LoaderError } from '../model/errors.ts';
import type { JsonValue } from '../model/json.ts';
import { OVERSIZE } from './detour.ts';

/**
 * What one record may have: levels of nesting in a json column, bytes of its rows as they are copied; `tables` is how
 * many new ones records of a page may need.
 */
export const RECORD_LIMITS = { levels: 1_000, bytes: 32 << 20, tables: 200 } as const;

/** Throws E_VALUE where records need too many tables that do not exist. */
export function requireTables(root: string, tables: number): void {
  if (tables <= RECORD_LIMITS.tables) return;
  throw new LoaderError(
    'E_VALUE',
    `A record would make more than ${RECORD_LIMITS.tables.toString()} tables below '${root}'.`,
    { details: { reason: 'too-many-tables' } },
  );
}

/** Throws E_VALUE where a value for a json column is nested deeper than PostgreSQL or JSON readers may take. */
export function requireShallow(value: JsonValue): void {
  if (!isDeeper(value, RECORD_LIMITS.levels)) return;
  throw new LoaderError(
    'E_VALUE',
    `A value is nested deeper than ${RECORD_LIMITS.levels.toLocaleString('en')} levels.`,
    { details: { reason: 'too-deep' } },
  );
}

/** Whether JSON of this length may be nested too deep. */
export function mayBeDeep(json: string): boolean {
  return json.length > 2 * RECORD_LIMITS.levels;
}

function isDeeper(value: JsonValue, levels: number): boolean {
  let level: readonly JsonValue[] = [value];
  for (let depth = 0; depth <= levels; depth += 1) {
    const next: JsonValue[] = [];
    for (const one of level) {
      if (typeof one !== 'object' || one === null) continue;
      for (const member of Object.values<JsonValue>(one)) {
        if (typeof member === 'object' && member !== null) next.push(member);
      }
    }
    if (next.length === 0) return false;
    level = next;
  }
  return true;
}

/** A child row has two ids, its place and the count of its fields. */
const LEAST_ROW_BYTES = 48;

/** Throws OVERSIZE where a list has so many members that their rows cannot be within the limit, whatever they hold. */
export function requireShort(list: readonly JsonValue[]): void {
  if (list.length * LEAST_ROW_BYTES > RECORD_LIMITS.bytes) throw OVERSIZE;
}

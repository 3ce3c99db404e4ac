import type { JsonObject, JsonValue } from '../model/json.ts';
import type { ResourceSpec } from '../model/resource.ts';
import { normalizeKey } from './naming.ts';

const MOST_SPELLINGS = 4_096;

/** The fields of a resource whose values nobody may see, whatever the spelling of their keys. */
export interface SecretFields {
  /** As columns are named. */
  readonly names: ReadonlySet<string>;
  /** The record with other values for its secrets, or itself when it has none; null is no secret. */
  replaced(record: JsonObject, by: (secret: NonNullable<JsonValue>) => JsonValue): JsonObject;
}

/** Finds secrets by the names that their keys get as columns; each spelling is normalized once. */
export function secretFieldsOf({ secretFields }: Pick<ResourceSpec, 'secretFields'>): SecretFields {
  const names = new Set(secretFields.map(normalizeKey));
  const spellings = new Map<string, boolean>();
  const isSecret = (key: string): boolean => {
    const seen = spellings.get(key);
    if (seen !== undefined) return seen;
    if (spellings.size === MOST_SPELLINGS) spellings.clear();
    const found = names.has(normalizeKey(key));
    spellings.set(key, found);
    return found;
  };
  return {
    names,
    replaced: (record, by) => {
      if (names.size === 0) return record;
      const secrets = Object.keys(record).flatMap((key) => {
        if (!isSecret(key)) return [];
        const secret = record[key] ?? null;
        return secret === null ? [] : [[key, by(secret)] as const];
      });
      return secrets.length === 0 ? record : { ...record, ...Object.fromEntries(secrets) };
    },
  };
}

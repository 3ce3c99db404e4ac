import type { StoredField } from '../load/parentFields.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import type { DataType } from '../model/schema.ts';
import { readExact } from '../normalize/exactJson.ts';

/**
 * What the rows of a target include from their parent's row, as if GitLab had sent it with them: numbers to the last
 * digit, instants as ISO text in UTC, what the parent lacks as null.
 */
export function includedValues(fields: readonly StoredField[]): JsonObject {
  return Object.fromEntries(
    fields.map(({ name, type, text }) => [
      name,
      text === null || type === undefined ? null : valueOf(text, type),
    ]),
  );
}

function valueOf(text: string, type: DataType): JsonValue {
  switch (type) {
    case 'bigint':
      return BigInt(text);
    case 'decimal':
      return /^-?\d+$/.test(text) ? BigInt(text) : text;
    case 'double':
      return Number(text);
    case 'bool':
      return text === 'true';
    case 'json':
      return readExact(text);
    case 'text':
    case 'timestamp':
    case 'date':
      return text;
  }
}

/** A value as `JSON.parse` gives it, or as the exact reader does: integers as bigint, other numbers as number. */
export type JsonValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** What `{…}` becomes; every key is its own property, `__proto__` too. */
export type JsonObject = { readonly [key: string]: JsonValue };

/** True for `{…}`; false for lists, null and scalars. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

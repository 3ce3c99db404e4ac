import { createHash } from 'node:crypto';

/** dlt's hash of a schema: its content without versions, then table and column names in their order. */
export function versionHash(schema: Readonly<Record<string, unknown>>): string {
  const left = new Set(['version', 'version_hash', 'previous_hashes', 'imported_version_hash']);
  const content = Object.fromEntries(Object.entries(schema).filter(([field]) => !left.has(field)));
  const hash = createHash('sha3-256').update(sortedJson(content));
  const tables = (schema['tables'] ?? {}) as Readonly<
    Record<string, { readonly columns?: object }>
  >;
  for (const name of Object.keys(tables).toSorted()) {
    hash.update(name);
    for (const columnName of Object.keys(tables[name]?.columns ?? {})) hash.update(columnName);
  }
  return hash.digest('base64');
}

function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(
          Object.entries(member).toSorted(([left], [right]) => (left < right ? -1 : 1)),
        )
      : member,
  );
}

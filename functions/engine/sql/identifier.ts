import { LoaderError } from '../model/errors.ts';
import type { Branded } from '../model/ids.ts';

/** A quoted name that may stand in SQL text. */
export type Identifier = Branded<'Identifier'>;

/** PostgreSQL cuts longer names off silently, so that two of them can become one. */
const LIMIT_BYTES = 63;

/** Quotes one name; fails on names that PostgreSQL would refuse or cut off. */
export function identifier(name: string): Identifier {
  if (name === '' || name.includes('\0')) {
    throw new LoaderError('E_VALUE', `${JSON.stringify(name)} cannot be a name in PostgreSQL.`);
  }
  if (Buffer.byteLength(name) > LIMIT_BYTES) {
    throw new LoaderError(
      'E_VALUE',
      `The name '${name}' is longer than ${LIMIT_BYTES.toString()} bytes.`,
    );
  }
  return `"${name.replaceAll('"', '""')}"` as Identifier;
}

/** Quotes a name inside a schema: `"schema"."name"`. */
export function qualified(schema: string, name: string): Identifier {
  return `${identifier(schema)}.${identifier(name)}` as Identifier;
}

import { createHmac } from 'node:crypto';

import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import type { Split } from '../model/resource.ts';
import type { NormalizerOptions } from './addedPage.ts';
import { isBeyondDouble } from './beyondDouble.ts';
import { UNDECIDED } from './detour.ts';
import type { Reading } from './encode.ts';
import { writeExact } from './exactJson.ts';
import type { SecretFields } from './secretFields.ts';

/** A record as rows of the chains of its resource. */
export interface Prepared {
  readonly own: JsonObject;
  /** The members of each split, in the order of the resource's splits. */
  readonly members: readonly (readonly JsonObject[])[];
}

/** What records are prepared with. */
export interface Preparation {
  readonly options: Pick<NormalizerOptions, 'resource' | 'secretKey'>;
  readonly secrets: SecretFields;
  readonly reading: Pick<Reading, 'exact'>;
}

/** One record as rows of its chains: without its secrets and without the lists that have tables of their own. */
export function prepare(
  record: JsonObject,
  { options: { resource, secretKey }, secrets, reading }: Preparation,
): Prepared {
  const { splits } = resource;
  const main =
    secretKey === undefined
      ? record
      : secrets.replaced(record, (secret) => hashedSecret(secret, { reading, secretKey }));
  if (splits.length === 0) return { own: main, members: [] };
  const splitFields = new Set(splits.map(({ field }) => field));
  const own = Object.fromEntries(Object.entries(main).filter(([key]) => !splitFields.has(key)));
  return { own, members: splits.map((split) => membersOf(main, split)) };
}

function membersOf(record: JsonObject, { field, columns }: Split): readonly JsonObject[] {
  const members = record[field];
  if (!Array.isArray(members)) return [];
  const owner: Record<string, JsonValue> = {};
  for (const [name, source] of Object.entries(columns)) {
    owner[name] = 'constant' in source ? source.constant : (record[source.field] ?? null);
  }
  return members.filter(isJsonObject).map((member: JsonObject) => ({ ...owner, ...member }));
}

/**
 * Equal secrets have equal hashes, so that a change shows; the secret cannot be had from the hash. What is no text is
 * hashed as its exact JSON, so that it becomes a text as well. Throws UNDECIDED where that JSON is not known.
 */
function hashedSecret(
  secret: NonNullable<JsonValue>,
  { reading, secretKey }: { readonly reading: Pick<Reading, 'exact'>; readonly secretKey: string },
): JsonValue {
  if (secret === '') return secret;
  if (typeof secret === 'string') return keyedHash(secret, secretKey);
  if (!reading.exact) throw UNDECIDED;
  if (isBeyondDouble(secret)) return secret;
  return keyedHash(writeExact(secret, 'raw'), secretKey);
}

function keyedHash(secret: string, key: string): string {
  return `hmac-sha256:${createHmac('sha256', key).update(secret).digest('hex').slice(0, 32)}`;
}

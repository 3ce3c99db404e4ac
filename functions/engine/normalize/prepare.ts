import { createHmac } from 'node:crypto';

import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import type { ResourceSpec, Split } from '../model/resource.ts';

/** A record as rows of the chains of its resource. */
export interface Prepared {
  readonly own: JsonObject;
  /** The members of each split, in the order of the resource's splits. */
  readonly members: readonly (readonly JsonObject[])[];
}

/** One record as rows of its chains: without its secrets and without the lists that have tables of their own. */
export function prepare(
  record: JsonObject,
  {
    resource,
    secretKey,
  }: { readonly resource: ResourceSpec; readonly secretKey: string | undefined },
): Prepared {
  const { secretFields, splits } = resource;
  const main = secretKey === undefined ? record : withoutSecrets(record, secretFields, secretKey);
  if (splits.length === 0) return { own: main, members: [] };
  const splitFields = new Set(splits.map(({ field }) => field));
  const own = Object.fromEntries(Object.entries(main).filter(([key]) => !splitFields.has(key)));
  return { own, members: splits.map((split) => membersOf(record, split)) };
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

function withoutSecrets(record: JsonObject, fields: readonly string[], key: string): JsonObject {
  const hashed = fields.flatMap((field) => {
    const secret = record[field];
    return typeof secret === 'string' && secret !== ''
      ? [[field, keyedHash(secret, key)] as const]
      : [];
  });
  return hashed.length === 0 ? record : { ...record, ...Object.fromEntries(hashed) };
}

/** Equal secrets have equal hashes, so that a change shows; the secret cannot be had from the hash. */
function keyedHash(secret: string, key: string): string {
  return `hmac-sha256:${createHmac('sha256', key).update(secret).digest('hex').slice(0, 32)}`;
}

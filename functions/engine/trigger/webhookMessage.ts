import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

import { isJsonObject, type JsonObject } from '../model/json.ts';

/** Pub/Sub takes 1,024 bytes of an attribute; what GitLab says of itself is far shorter. */
const ATTRIBUTE_LENGTH = 256;

/** What is said of a webhook outside of its body; what is not known is left out. */
export type WebhookAttributes = Readonly<Record<string, string>>;

/**
 * Describes a webhook by its headers and, where the body is JSON with a kind, by that: `event`, `key` (the same each time
 * GitLab sends the event), `kind`, `project`, `instance`, `received_at`.
 */
export function webhookAttributes(
  headers: IncomingHttpHeaders,
  body: Uint8Array,
  receivedAt: Date,
): WebhookAttributes {
  const facts = parse(body);
  return present({
    event: headerOf(headers, 'x-gitlab-event'),
    key: keyOf(headers, body),
    kind: kindOf(facts),
    project: projectOf(facts),
    instance: headerOf(headers, 'x-gitlab-instance'),
    received_at: receivedAt.toISOString(),
  });
}

/** GitLab's own key, which is signed where the request is; older releases send none. */
function keyOf(headers: IncomingHttpHeaders, body: Uint8Array): string {
  const given = ['webhook-id', 'idempotency-key']
    .map((name) => headers[name])
    .find((value) => typeof value === 'string' && value !== '');
  if (typeof given === 'string' && given.length <= ATTRIBUTE_LENGTH) return given;
  const hash = createHash('sha256');
  if (typeof given === 'string') return hash.update(given).digest('hex');
  const uuid = headers['x-gitlab-webhook-uuid'];
  return hash
    .update(typeof uuid === 'string' ? uuid : '')
    .update(body)
    .digest('hex');
}

function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value.slice(0, ATTRIBUTE_LENGTH) : undefined;
}

function kindOf({ object_kind: object, event_name: event }: JsonObject): string | undefined {
  return [object, event].find(
    (kind): kind is string => typeof kind === 'string' && /^\w{1,64}$/.test(kind),
  );
}

function projectOf(facts: JsonObject): string | undefined {
  const object = objectOf(facts['object_attributes']);
  const ids = [
    facts['project_id'],
    objectOf(facts['project'])['id'],
    object['target_project_id'],
    object['project_id'],
  ];
  return ids.find((id): id is number => Number.isSafeInteger(id))?.toString();
}

function parse(body: Uint8Array): JsonObject {
  try {
    return objectOf(JSON.parse(Buffer.from(body).toString('utf8')));
  } catch {
    return {};
  }
}

function objectOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

function present(attributes: Readonly<Record<string, string | undefined>>): WebhookAttributes {
  return Object.fromEntries(
    Object.entries(attributes).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
    ),
  );
}

import { createHash, createHmac } from 'node:crypto';

import { type JsonObject, serialize } from '../json.ts';

/** An event as GitLab tells others of it. */
export interface Webhook {
  /** As `X-Gitlab-Event` has it. */
  readonly event: string;
  /** The field of a hook that switches it on. */
  readonly flag: string;
  /** Whose project or group it is of; neither for those of the instance. */
  readonly projectId?: number;
  readonly groupId?: number;
  readonly body: JsonObject;
}

/** What a hook signs or marks its events with. */
export interface WebhookSecrets {
  readonly token?: string | undefined;
  /** `whsec_…` */
  readonly signing?: string | undefined;
}

/** A webhook on its way: the same each time it is sent, as GitLab sends one again. */
export interface Delivery {
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Makes the request of a webhook. `number` tells deliveries of the same event from each other. */
export function deliveryOf(
  { event, body: content }: Webhook,
  {
    instance,
    number,
    now,
    token,
    signing,
  }: WebhookSecrets & {
    readonly instance: string;
    readonly number: number;
    readonly now: number;
  },
): Delivery {
  const body = serialize(content);
  const digest = createHash('sha256').update(`${event} ${number.toString()} ${body}`).digest('hex');
  const key = [8, 12, 16, 20].reduce(
    (text, at) => `${text}-${digest.slice(at, at + 4)}`,
    digest.slice(0, 8),
  );
  return {
    key,
    body,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'GitLab/19.0.0-ee',
      'idempotency-key': key,
      'x-gitlab-event': event,
      'x-gitlab-webhook-uuid': digest.slice(0, 32),
      'x-gitlab-event-uuid': digest.slice(32),
      'x-gitlab-instance': instance,
      ...(token === undefined ? {} : { 'x-gitlab-token': token }),
      ...(signing === undefined ? {} : signatureOf(body, { key, signing, now })),
    },
  };
}

/** Sends it to a URL; resolves to the status, or GitLab's word where there was none. */
export async function sendDelivery(url: string, { headers, body }: Delivery): Promise<string> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(10_000),
    });
    await response.arrayBuffer();
    return response.status.toString();
  } catch {
    return 'internal error';
  }
}

function signatureOf(
  body: string,
  { key, signing, now }: { readonly key: string; readonly signing: string; readonly now: number },
): Readonly<Record<string, string>> {
  const timestamp = Math.floor(now / 1000).toString();
  const hmac = createHmac('sha256', Buffer.from(signing.replace('whsec_', ''), 'base64'));
  const signature = hmac.update(`${key}.${timestamp}.${body}`).digest('base64');
  return {
    'webhook-id': key,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  };
}

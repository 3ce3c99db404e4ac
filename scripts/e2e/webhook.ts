import { createHmac } from 'node:crypto';

/** A request to `receive` as GitLab makes it. */
export interface WebhookRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What both sides know. */
export interface SharedSecrets {
  readonly token: string;
  /** `whsec_` and a key in base64. */
  readonly signingSecret: string;
}

/** An event that GitLab tells of. */
export interface HookEvent {
  /** The same each time it is sent. */
  readonly key: string;
  readonly facts: object;
}

/** The request of a hook that proves itself with the token it was given. */
export function withToken({ key, facts }: HookEvent, token: string): WebhookRequest {
  return { headers: { ...headersOf(key), 'x-gitlab-token': token }, body: JSON.stringify(facts) };
}

/** The request of a hook that signs, at an instant. */
export function signed({ key, facts }: HookEvent, secret: string, now: number): WebhookRequest {
  const timestamp = Math.floor(now / 1000).toString();
  const body = JSON.stringify(facts);
  const signature = createHmac('sha256', Buffer.from(secret.replace('whsec_', ''), 'base64'))
    .update(`${key}.${timestamp}.${body}`)
    .digest('base64');
  return {
    headers: {
      ...headersOf(key),
      'webhook-id': key,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${signature}`,
    },
    body,
  };
}

function headersOf(key: string): Readonly<Record<string, string>> {
  return {
    'content-type': 'application/json',
    'user-agent': 'GitLab/18.6.0',
    'x-gitlab-event': 'Issue Hook',
    'idempotency-key': key,
  };
}

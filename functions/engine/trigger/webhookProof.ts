import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

import type { WebhookSecrets } from '../model/webhook.ts';

/** How old or how far ahead a signed request may be. */
const TOLERANCE_SECONDS = 300;

/** What a request brings along to prove that GitLab sent it. */
export type WebhookProof = { readonly by: 'nothing' } | { readonly by: 'token' } | SignatureProof;

/** Known only once the whole body went through `update`; the body need not be held for it. */
export interface SignatureProof {
  readonly by: 'signature';
  update(chunk: Uint8Array): void;
  /** Called once, after the last chunk. */
  matches(): boolean;
}

/**
 * Looks for a signature where signing keys are known, else for a token. A signature decides alone: whoever signs wrongly is
 * not asked for a token. A request without one may still bring a token where tokens are known, because not every hook
 * of an instance signs; without tokens every request has to be signed.
 */
export function proofOf(
  headers: IncomingHttpHeaders,
  { tokens, signingKeys }: WebhookSecrets,
  nowMilliseconds: number,
): WebhookProof {
  const signatures = headers['webhook-signature'];
  if (signingKeys.length > 0 && signatures !== undefined) {
    const stamp = stampOf(headers, nowMilliseconds);
    return stamp === undefined
      ? { by: 'nothing' }
      : openProof(stamp, [signatures].flat(), signingKeys);
  }
  return { by: matchesToken(headers['x-gitlab-token'], tokens) ? 'token' : 'nothing' };
}

/** What is signed before the body; undefined when it is missing or not of now. */
function stampOf(headers: IncomingHttpHeaders, nowMilliseconds: number): string | undefined {
  const id = headers['webhook-id'];
  const timestamp = headers['webhook-timestamp'];
  if (typeof id !== 'string' || id === '') return undefined;
  if (typeof timestamp !== 'string' || !/^\d{1,12}$/.test(timestamp)) return undefined;
  const offSeconds = Math.abs(nowMilliseconds / 1000 - Number(timestamp));
  return offSeconds > TOLERANCE_SECONDS ? undefined : `${id}.${timestamp}.`;
}

function openProof(
  stamp: string,
  signatures: readonly string[],
  signingKeys: readonly Uint8Array[],
): SignatureProof {
  const given = signatures
    .flatMap((header) => header.split(' '))
    .filter((signature) => signature.startsWith('v1,'))
    // Two headers of one name arrive as one, with a comma between.
    .map((signature) => signature.slice('v1,'.length).replace(/,$/, ''));
  const expected = signingKeys.map((key) => createHmac('sha256', key).update(stamp));
  return {
    by: 'signature',
    update: (chunk) => {
      for (const hmac of expected) hmac.update(chunk);
    },
    matches: () => {
      const digests = expected.map((hmac) => hmac.digest('base64'));
      return anyEqual(given, digests);
    },
  };
}

function matchesToken(
  given: string | readonly string[] | undefined,
  tokens: readonly string[],
): boolean {
  return typeof given === 'string' && anyEqual([given], tokens);
}

/** Takes as long for what is nearly right as for what is not: each is compared with each, as digests of one length. */
function anyEqual(given: readonly string[], expected: readonly string[]): boolean {
  const digests = expected.map(digestOf);
  let isEqual = false;
  for (const text of given) {
    const digest = digestOf(text);
    for (const other of digests) if (timingSafeEqual(digest, other)) isEqual = true;
  }
  return isEqual;
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

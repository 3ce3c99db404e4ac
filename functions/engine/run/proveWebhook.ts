import type { IncomingMessage } from 'node:http';

import type { WebhookSecrets } from '../model/webhook.ts';
import { type ReadBody, readBody } from '../trigger/readBody.ts';
import { proofOf, type WebhookProof } from '../trigger/webhookProof.ts';
import type { KeptSecrets } from './webhookSecrets.ts';

/** A webhook with its body, and whether GitLab sent it; nobody knows of one that was cut. */
export interface ProvenWebhook {
  readonly sentBy: 'gitlab' | 'somebody';
  readonly read: ReadBody;
}

/** What proving needs besides the request. */
export interface ProvingOptions {
  readonly secrets: KeptSecrets;
  readonly maxBytes: number;
  readonly now: () => number;
}

/** GitLab sends at most 25 MB; a webhook that may be genuine is read to its end, so that it can be answered well. */
const LARGEST_SENT = 27_000_000;

/** GitLab waits 10 s for an answer. */
const READING_MILLISECONDS = 9_000;

/**
 * Reads a request and checks its proof. The body of one that proves nothing is not held at all, of others no more than
 * `maxBytes`; a signature of more is checked while it is read.
 */
export async function proveWebhook(
  request: IncomingMessage,
  options: ProvingOptions,
): Promise<ProvenWebhook> {
  const { maxBytes } = options;
  const { proof, secrets } = await findProof(request, options);
  const milliseconds = READING_MILLISECONDS;
  if (proof.by === 'nothing') {
    const limits = { keepBytes: 0, readBytes: maxBytes, milliseconds };
    return { sentBy: 'somebody', read: await readBody(request, limits) };
  }
  const limits = { keepBytes: maxBytes, readBytes: LARGEST_SENT, milliseconds };
  if (proof.by === 'token') return { sentBy: 'gitlab', read: await readBody(request, limits) };
  const read = await readBody(request, limits, (chunk) => {
    proof.update(chunk);
  });
  if (proof.matches()) return { sentBy: 'gitlab', read };
  const newer = read.end === 'whole' ? await options.secrets.newerThan(secrets) : undefined;
  const isProven = newer !== undefined && matchesWhole(request, read, { newer, now: options.now });
  return { sentBy: isProven ? 'gitlab' : 'somebody', read };
}

interface Findings {
  readonly proof: WebhookProof;
  readonly secrets: WebhookSecrets;
}

/** Secrets may have been replaced since they were read, so a request that proves nothing gets a second look. */
async function findProof(
  { headers }: IncomingMessage,
  { secrets: kept, now }: ProvingOptions,
): Promise<Findings> {
  const secrets = await kept.current();
  const proof = proofOf(headers, secrets, now());
  if (proof.by !== 'nothing') return { proof, secrets };
  const newer = await kept.newerThan(secrets);
  return newer === undefined
    ? { proof, secrets }
    : { proof: proofOf(headers, newer, now()), secrets: newer };
}

function matchesWhole(
  { headers }: IncomingMessage,
  read: ReadBody,
  { newer, now }: { readonly newer: WebhookSecrets; readonly now: () => number },
): boolean {
  const proof = proofOf(headers, newer, now());
  if (read.end !== 'whole' || proof.by !== 'signature') return false;
  proof.update(read.body);
  return proof.matches();
}

import type { SecretReader, WebhookSecrets } from '../model/webhook.ts';

/** How long secrets count without being looked at again, so that one which was withdrawn ends in a warm process too. */
const FRESH_MILLISECONDS = 300_000;

/** Forged requests must not make one look at the secrets each. */
const AGAIN_MILLISECONDS = 60_000;

/** Secrets that are kept in memory between requests. */
export interface KeptSecrets {
  /** Throws what reading threw, when there are none yet. */
  current(): Promise<WebhookSecrets>;
  /** For a request that `tried` did not prove: newer ones, undefined when there are none or it is too early to look. */
  newerThan(tried: WebhookSecrets): Promise<WebhookSecrets | undefined>;
}

/** Keeps what `read` gives. Requests at the same time share one reading. */
export function keepSecrets(read: SecretReader, now: () => number): KeptSecrets {
  let kept: WebhookSecrets | undefined;
  let lookedAt = 0;
  let lookedAgainAt = Number.NEGATIVE_INFINITY;
  let looking: Promise<WebhookSecrets> | undefined;

  function look(because?: 'refused'): Promise<WebhookSecrets> {
    if (looking !== undefined) return looking;
    lookedAt = now();
    looking = read(because)
      .then((found) => {
        if (kept === undefined || !isEqual(kept, found)) kept = found;
        return kept;
      })
      .finally(() => {
        looking = undefined;
      });
    return looking;
  }

  return {
    current: async () => {
      if (kept === undefined) return look();
      // Meanwhile the ones in memory count, also when they cannot be read for now.
      if (now() - lookedAt >= FRESH_MILLISECONDS) look().catch(() => undefined);
      return kept;
    },
    newerThan: async (tried) => {
      if (kept === tried && now() - lookedAgainAt >= AGAIN_MILLISECONDS) {
        lookedAgainAt = now();
        look('refused').catch(() => undefined);
      }
      if (looking !== undefined) await looking.catch(() => undefined);
      return kept === tried ? undefined : kept;
    },
  };
}

function isEqual(one: WebhookSecrets, other: WebhookSecrets): boolean {
  return JSON.stringify(textsOf(one)) === JSON.stringify(textsOf(other));
}

function textsOf({ tokens, signingKeys }: WebhookSecrets): readonly (readonly string[])[] {
  return [tokens, signingKeys.map((key) => Buffer.from(key).toString('base64'))];
}

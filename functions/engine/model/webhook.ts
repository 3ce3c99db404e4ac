/** What a sender of webhooks may prove itself with; the newest first, those before it while they are being replaced. */
export interface WebhookSecrets {
  /** Texts that GitLab sends along as they are. */
  readonly tokens: readonly string[];
  /** Keys of HMAC-SHA256. */
  readonly signingKeys: readonly Uint8Array[];
}

/** Reads the secrets from where they are; `refused`: not those that were read last, if there are others by now. */
export type SecretReader = (because?: 'refused') => Promise<WebhookSecrets>;

/** A fact about the receiver of webhooks. What went well is not told: the platform logs every request. */
export type ReceiverEvent =
  | {
      readonly event: 'webhook-refused';
      /** Since the last event of the kind: whoever forges many makes few lines. */
      readonly requests: number;
    }
  | {
      readonly event: 'webhook-too-large';
      readonly key: string;
      readonly hook: string;
      readonly bytes: number;
    }
  | { readonly event: 'webhook-unreadable'; readonly key: string; readonly hook: string }
  | {
      /** `webhook-left`: to be sent again would not help it. */
      readonly event: 'webhook-failed' | 'webhook-left';
      readonly key: string;
      readonly code: string;
      readonly error: string;
    }
  | { readonly event: 'receiver-failed'; readonly code: string; readonly error: string };

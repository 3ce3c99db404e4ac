/** One failed attempt and what is known when the next step is decided. */
export interface FailedAttempt {
  /** 1 for the first. */
  readonly attempt: number;
  readonly maxAttempts: number;
  /** Undefined when no whole answer arrived. */
  readonly status?: number | undefined;
  /** The header as it came. */
  readonly retryAfter?: string | undefined;
  /** The window of the endpoint's limit, where one is known: a refusal without the header lasts so long. */
  readonly windowSeconds?: number | undefined;
  /** Instant that an HTTP date in `retryAfter` is compared with: GitLab's own clock where it is known. */
  readonly now: number;
  readonly remainingMilliseconds: number;
  readonly random: () => number;
  /** True until the server has answered once: a wrong address shows itself within seconds. */
  readonly isFirstContact: boolean;
}

/** What to do after a failed attempt. */
export type RetryDecision =
  | { readonly next: 'wait'; readonly milliseconds: number }
  | { readonly next: 'give-up' }
  | { readonly next: 'too-long'; readonly milliseconds: number };

const SECOND = 1_000;
const LONGEST_BACKOFF = 60 * SECOND;
const DEFAULT_RETRY_AFTER = 60 * SECOND;
const JITTER = SECOND;
const FIRST_CONTACT_ATTEMPTS = 3;
const FIRST_CONTACT_BACKOFF = SECOND / 2;

/** True for statuses that a repetition may cure. */
export function isRetryable(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/** What follows a failed attempt. `too-long`: GitLab asks to wait longer than this invocation may. */
export function retryDelay(failed: FailedAttempt): RetryDecision {
  const asked = askedDelay(failed);
  if (asked !== undefined && asked > failed.remainingMilliseconds) {
    return { next: 'too-long', milliseconds: asked };
  }
  if (failed.attempt >= allowedAttempts(failed)) {
    return asked === undefined ? { next: 'give-up' } : { next: 'too-long', milliseconds: asked };
  }
  if (asked !== undefined) return { next: 'wait', milliseconds: asked + failed.random() * JITTER };
  const milliseconds = failed.random() * backoffCeiling(failed);
  return milliseconds > failed.remainingMilliseconds
    ? { next: 'give-up' }
    : { next: 'wait', milliseconds };
}

function allowedAttempts({ status, isFirstContact, maxAttempts }: FailedAttempt): number {
  return status === undefined && isFirstContact
    ? Math.min(FIRST_CONTACT_ATTEMPTS, maxAttempts)
    : maxAttempts;
}

function backoffCeiling({ attempt, status, isFirstContact }: FailedAttempt): number {
  const first = status === undefined && isFirstContact ? FIRST_CONTACT_BACKOFF : SECOND;
  return Math.min(LONGEST_BACKOFF, first * 2 ** (attempt - 1));
}

/** The milliseconds that an answer asks to wait; a 429 without a usable header means the limit's window, or a minute. */
export function askedDelay({
  status,
  retryAfter,
  windowSeconds,
  now,
}: Pick<FailedAttempt, 'status' | 'retryAfter' | 'windowSeconds' | 'now'>): number | undefined {
  if (status === undefined) return undefined;
  const asked = parseRetryAfter(retryAfter, now);
  if (asked !== undefined || status !== 429) return asked;
  return windowSeconds === undefined ? DEFAULT_RETRY_AFTER : windowSeconds * SECOND;
}

/** Milliseconds of a Retry-After header, seconds or an HTTP date; undefined when it says nothing usable. */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * SECOND;
  if (!/^[A-Za-z]{3},? /.test(text)) return undefined;
  const until = Date.parse(text);
  return until >= now ? until - now : undefined;
}

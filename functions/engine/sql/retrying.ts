import { setTimeout as sleep } from 'node:timers/promises';

import { isRetryable } from './errors.ts';

/** How work is repeated. `random` gives numbers from 0 to below 1. */
export interface RetryOptions {
  readonly random: () => number;
  readonly signal?: AbortSignal;
  /** How often the work runs at most. Default 5. */
  readonly attempts?: number;
  /** The longest wait before the first repetition; doubles with each. Default 100. */
  readonly firstWaitMilliseconds?: number;
  /** Which errors are worth a repetition. Default: `isRetryable`. */
  readonly when?: (error: unknown) => boolean;
}

/** Repeats the whole work after errors that may pass, waiting a random and growing time; then throws the last one. */
export async function retrying<T>(
  { random, signal, attempts = 5, firstWaitMilliseconds = 100, when = isRetryable }: RetryOptions,
  work: (attempt: number) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work(attempt);
    } catch (error) {
      if (attempt >= attempts || !when(error)) throw error;
      await sleep(
        random() * firstWaitMilliseconds * 2 ** (attempt - 1),
        undefined,
        signal && { signal },
      );
    }
  }
}

/** How long an invocation may still work. */
export interface TimeBudget {
  readonly signal: AbortSignal;
  /** False when the next package might not be committed in time. */
  allowsMore(): boolean;
  remainingMilliseconds(): number;
}

/** Time kept for committing what has been read and for the answer; at most a quarter of a short budget. */
const MARGIN_SECONDS = 2;

/** A budget that ends `seconds` after `now()`, or never; `signal` ends it at once. */
export function timeBudget(
  seconds: number | undefined,
  { now, signal }: { readonly now: () => number; readonly signal: AbortSignal },
): TimeBudget {
  const end =
    seconds === undefined
      ? Infinity
      : now() + (seconds - Math.min(MARGIN_SECONDS, seconds / 4)) * 1000;
  const remainingMilliseconds = (): number => Math.max(0, end - now());
  return {
    signal,
    allowsMore: () => !signal.aborted && remainingMilliseconds() > 0,
    remainingMilliseconds,
  };
}

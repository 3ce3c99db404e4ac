/** How long an invocation may still work. */
export interface TimeBudget {
  readonly signal: AbortSignal;
  /** False when the next package might not be committed in time. */
  allowsMore(): boolean;
  /**
   * Whether work may begin: also when time is over and nothing was brought about yet. An invocation whose start takes all of its
   * time would otherwise be followed by others like it for ever.
   */
  mayBegin(): boolean;
  /** Tells that something lasting was brought about. */
  progressed(): void;
  readonly hasProgressed: () => boolean;
  remainingMilliseconds(): number;
  /** Tells how long a package took to commit, for the margin of the next ones. */
  packageTook(milliseconds: number): void;
}

/** For work that nothing ends. */
export const ENDLESS: Pick<TimeBudget, 'signal' | 'allowsMore'> = {
  signal: new AbortController().signal,
  allowsMore: () => true,
};

/** Time kept for committing what has been read and for the answer; at most a quarter of a short budget. */
const MARGIN_SECONDS = 2;

/** Packages that the margin is learnt from. */
const REMEMBERED = 20;

/** A budget that ends `seconds` after `now()`, or never; `signal` ends it at once. */
export function timeBudget(
  seconds: number | undefined,
  { now, signal }: { readonly now: () => number; readonly signal: AbortSignal },
): TimeBudget {
  const total = seconds === undefined ? Infinity : seconds * 1000;
  const end = now() + total;
  const durations: number[] = [];
  let hasProgressed = false;
  const margin = (): number => {
    const least = Math.min(MARGIN_SECONDS * 1000, total / 4);
    return Math.min(least + 2 * slowest(durations), total / 2);
  };
  const remainingMilliseconds = (): number => Math.max(0, end - margin() - now());
  const allowsMore = (): boolean => !signal.aborted && remainingMilliseconds() > 0;
  return {
    signal,
    allowsMore,
    mayBegin: () => allowsMore() || (!signal.aborted && !hasProgressed),
    progressed: () => {
      hasProgressed = true;
    },
    hasProgressed: () => hasProgressed,
    remainingMilliseconds,
    packageTook: (milliseconds) => {
      durations.push(milliseconds);
      if (durations.length > REMEMBERED) durations.shift();
    },
  };
}

/** The slowest of the last packages but one in twenty. */
function slowest(durations: readonly number[]): number {
  const sorted = durations.toSorted((left, right) => left - right);
  return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? 0;
}

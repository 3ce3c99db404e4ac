import type { BucketLimit } from './slice.ts';

/** Limits that no header and no table tells: what was sent to a route until GitLab refused more. */
export interface LearntLimits {
  /** Counts a request; the instant is GitLab's. */
  count(route: string, at: number): void;
  /** Learns the limit of a route from a refusal. */
  refuse(route: string, seconds: number, at: number): void;
  /** What is believed now; undefined where nothing was refused for long. */
  limit(route: string, at: number): BucketLimit | undefined;
}

interface Learnt extends BucketLimit {
  readonly at: number;
}

const MINUTE = 60_000;

/** Other runs send as well and limits are raised, so each window tries a little more than the one before it. */
const GROWTH = 1.25;
const WINDOWS_KEPT = 20;

/** Begins without a limit. */
export function openLearntLimits(): LearntLimits {
  const learnt = new Map<string, Learnt>();
  const sent = new Map<string, number>();
  let minute = 0;

  function enter(at: number): void {
    const now = Math.floor(at / MINUTE);
    if (now !== minute) sent.clear();
    minute = now;
  }

  return {
    count(route, at) {
      enter(at);
      sent.set(route, (sent.get(route) ?? 0) + 1);
    },
    refuse(route, seconds, at) {
      enter(at);
      const requests = Math.max(1, (sent.get(route) ?? 0) - 1);
      learnt.set(route, { requests, seconds, at });
    },
    limit(route, at) {
      const known = learnt.get(route);
      if (known === undefined) return undefined;
      const { requests, seconds } = known;
      const windows = Math.max(0, Math.floor((at - known.at) / (seconds * 1_000)));
      if (windows > WINDOWS_KEPT) learnt.delete(route);
      return { requests: Math.ceil(requests * GROWTH ** windows), seconds };
    },
  };
}

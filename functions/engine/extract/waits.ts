import type { Report } from '../model/events.ts';

/** Why no request is sent. */
export type PauseReason = 'limit-used' | 'asked-to-wait';

/** Tells people of pauses, and counts how long requests were held back. */
export interface Waits {
  /** Tells each pause once, however many requests it holds back. */
  begin(pause: {
    readonly request: string;
    readonly milliseconds: number;
    readonly reason: PauseReason;
    readonly now: number;
  }): void;
  end(now: number): void;
  /** Time in which at least one request was held back. */
  milliseconds(now: number): number;
}

/** Pauses that end so close together are one. */
const SAME = 2_000;

/** Begins at 0. */
export function openWaits(report: Report): Waits {
  let waiting = 0;
  let since = 0;
  let total = 0;
  let toldUntil = -Infinity;

  return {
    begin({ request, milliseconds, reason, now }) {
      if (waiting === 0) since = now;
      waiting += 1;
      const until = now + milliseconds;
      if (until <= toldUntil + SAME) return;
      toldUntil = until;
      report({
        event: 'requests-paused',
        request,
        reason,
        until: new Date(until),
        milliseconds: Math.round(milliseconds),
      });
    },
    end(now) {
      waiting -= 1;
      if (waiting === 0) total += Math.max(0, now - since);
    },
    milliseconds: (now) => total + (waiting > 0 ? Math.max(0, now - since) : 0),
  };
}

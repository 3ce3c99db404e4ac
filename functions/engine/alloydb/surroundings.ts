import { setTimeout as wait } from 'node:timers/promises';

/** What the connector takes from its surroundings; tests choose it. */
export interface Surroundings {
  /** Milliseconds since 1970. The wall clock, because a frozen process does not count the time it was frozen. */
  readonly now: () => number;
  /** A number from 0 to below 1. */
  readonly random: () => number;
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** The real ones. */
export const realSurroundings: Surroundings = {
  now: Date.now,
  random: Math.random,
  sleep: async (milliseconds, signal) => {
    await wait(milliseconds, undefined, { signal });
  },
};

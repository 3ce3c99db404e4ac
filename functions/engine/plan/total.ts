import type { Amount, ResourceEstimate } from './estimate.ts';

/** How fast GitLab may and can be asked. */
export interface Pace {
  /** Undefined where GitLab tells of no limit. */
  readonly requestsPerMinute: number | undefined;
  readonly millisecondsPerRequest: number;
  readonly concurrency: number;
}

/** What everything together would take. */
export interface PlanTotal {
  readonly partitions: number;
  readonly rows: Amount;
  readonly requests: Amount;
  readonly bytes: number;
  /** The longer of the two below. */
  readonly seconds: number;
  /** At the rate limit; null where there is none. */
  readonly secondsByRateLimit: number | null;
  /** At the speed of the answers that were seen, so many of them at a time. */
  readonly secondsByConcurrency: number;
  /** False when something of it is not known, so that all of these are at least so much. */
  readonly isComplete: boolean;
}

/** Adds estimates up; what is not known counts as nothing. */
export function totalOf(estimates: readonly ResourceEstimate[], pace: Pace): PlanTotal {
  const sum = (of: (estimate: ResourceEstimate) => number | null): number =>
    estimates.reduce((total, estimate) => total + (of(estimate) ?? 0), 0);
  const requests = sum((estimate) => estimate.requests.expected);
  const byConcurrency = (requests * pace.millisecondsPerRequest) / pace.concurrency / 1000;
  const byLimit =
    pace.requestsPerMinute === undefined ? null : (requests / pace.requestsPerMinute) * 60;
  return {
    partitions: sum((estimate) => estimate.partitions),
    rows: {
      expected: sum((estimate) => estimate.rows.expected),
      atLeast: sum((estimate) => estimate.rows.atLeast),
    },
    requests: { expected: requests, atLeast: sum((estimate) => estimate.requests.atLeast) },
    bytes: sum((estimate) => estimate.bytes),
    seconds: toTenths(Math.max(byConcurrency, byLimit ?? 0)),
    secondsByRateLimit: byLimit === null ? null : toTenths(byLimit),
    secondsByConcurrency: toTenths(byConcurrency),
    isComplete: estimates.every(
      ({ rows, requests: needed, goesOn }) =>
        rows.expected !== null && needed.expected !== null && !goesOn,
    ),
  };
}

function toTenths(seconds: number): number {
  return Math.ceil(seconds * 10) / 10;
}

import type { BucketLimit } from './slice.ts';

/** What the `RateLimit-*` headers of an answer say about the throttle that counted the request. */
export interface ToldLimit {
  /** GitLab counts the requests of each throttle by themselves. */
  readonly name: string;
  /** The limit as a minute's, whatever the window is. */
  readonly perMinute: number;
  /** The window itself; undefined when the headers do not show how long it is, as when it is spent. */
  readonly window: BucketLimit | undefined;
  /** Requests counted in the window, this one among them. */
  readonly observed: number;
  /** When the window ends, in seconds since 1970. */
  readonly reset: number | undefined;
}

const MINUTE = 60;

/** Reads the headers; undefined when there is no limit in them. */
export function toldLimit(headers: Readonly<Record<string, string>>): ToldLimit | undefined {
  const perMinute = count(headers['ratelimit-limit']);
  if (perMinute === undefined || perMinute === 0) return undefined;
  const observed = count(headers['ratelimit-observed']) ?? 0;
  const remaining = count(headers['ratelimit-remaining']) ?? 0;
  const reset = count(headers['ratelimit-reset']);
  return {
    name: headers['ratelimit-name'] ?? 'throttle',
    perMinute,
    window: remaining === 0 ? undefined : windowOf(perMinute, observed + remaining, reset),
    observed,
    reset,
  };
}

/** The limit is told as a minute's and the rest of the window itself: together they tell how long it is. */
function windowOf(
  perMinute: number,
  requests: number,
  reset: number | undefined,
): BucketLimit | undefined {
  const seconds = Math.round((MINUTE * requests) / perMinute);
  const isAligned = seconds > 0 && (reset === undefined || reset % seconds === 0);
  return isAligned ? { requests, seconds } : undefined;
}

/** The limit to keep, given the one that was known: a window that shows nothing but that it is spent changes nothing. */
export function limitOf({ window, perMinute }: ToldLimit, known?: BucketLimit): BucketLimit {
  if (window !== undefined) return window;
  const isKnown =
    known !== undefined && Math.ceil((known.requests * MINUTE) / known.seconds) === perMinute;
  // Hours are made of minutes: what is right for each of them is right for longer windows too.
  return isKnown ? known : { requests: perMinute, seconds: MINUTE };
}

function count(header: string | undefined): number | undefined {
  const text = header?.trim() ?? '';
  return /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}

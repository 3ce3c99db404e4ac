import type { Reply } from './reply.ts';

/** A fixed, aligned window with a number of requests; what comes beyond is refused. */
export interface RateLimit {
  readonly requests: number;
  readonly periodSeconds: number;
}

/** Counts the requests of each token. */
export interface Throttle {
  /** The headers that every answer carries, and a refusal when the budget is spent. */
  readonly count: (token: string, nowMilliseconds: number) => ThrottleVerdict;
}

/** What the throttle says about one request. */
export interface ThrottleVerdict {
  readonly headers: Readonly<Record<string, string>>;
  readonly refusal: Reply | undefined;
}

const UNLIMITED: RateLimit = { requests: 600_000, periodSeconds: 60 };

interface Window {
  readonly number: number;
  observed: number;
}

/** A throttle as Rack::Attack has it; without a limit it only counts. */
export function makeThrottle(limit: RateLimit | undefined): Throttle {
  const { requests, periodSeconds } = limit ?? UNLIMITED;
  const windows = new Map<string, Window>();
  const count = (token: string, nowMilliseconds: number): ThrottleVerdict => {
    const seconds = Math.floor(nowMilliseconds / 1000);
    const number = Math.floor(seconds / periodSeconds);
    const known = windows.get(token);
    const window = known?.number === number ? known : { number, observed: 0 };
    window.observed += 1;
    windows.set(token, window);
    const reset = (number + 1) * periodSeconds;
    const headers = {
      'RateLimit-Limit': String(Math.ceil((requests * 60) / periodSeconds)),
      'RateLimit-Name': 'throttle_authenticated_api',
      'RateLimit-Observed': String(window.observed),
      'RateLimit-Remaining': String(Math.max(0, requests - window.observed)),
      'RateLimit-Reset': String(reset),
    };
    const isSpent = limit !== undefined && window.observed > requests;
    return { headers, refusal: isSpent ? tooMany(reset, reset - seconds) : undefined };
  };
  return { count };
}

function tooMany(reset: number, seconds: number): Reply {
  return {
    status: 429,
    headers: {
      'Content-Type': 'text/plain',
      'Retry-After': String(seconds),
      'RateLimit-ResetTime': new Date(reset * 1000).toUTCString(),
    },
    body: Buffer.from('Retry later\n'),
  };
}

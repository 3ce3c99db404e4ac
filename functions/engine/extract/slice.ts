/** What a client has leased of one window. */
export interface Slice {
  left: number;
  /** What the last lease gave. */
  size: number;
  /** By GitLab's clock, in milliseconds. */
  leasedAt: number;
  /** Nothing more is to be had of this window. */
  isSpent: boolean;
  /** The lease under way: what GitLab is paused for, 0 when it is not. */
  pending: Promise<number> | undefined;
  /** Requests that GitLab has counted in the window. */
  observed: number;
  /** Own requests that were sent before the limit was known: the next leases pay for them. */
  owed: number;
}

/** How many requests GitLab takes in windows of so many seconds. */
export interface BucketLimit {
  readonly requests: number;
  readonly seconds: number;
}

const SECOND = 1_000;

/** A slice of which nothing is leased yet. */
export function emptySlice(): Slice {
  return {
    left: 0,
    size: 0,
    leasedAt: 0,
    isSpent: false,
    pending: undefined,
    observed: 0,
    owed: 0,
  };
}

/**
 * The beginnings of the windows in which a request may be counted. It may be counted a little earlier or later than
 * believed, so near the border of two windows it is taken from both: nobody waits there, and clocks need not agree.
 */
export function windowsAt(at: number, seconds: number): readonly number[] {
  const width = seconds * SECOND;
  const border = borderOf(seconds);
  const first = Math.floor((at - border) / width) * seconds;
  const last = Math.floor((at + border) / width) * seconds;
  return first === last ? [first] : [first, last];
}

/** Milliseconds until no request is counted any more in the window that begins at `start`. */
export function untilAfter(start: number, seconds: number, at: number): number {
  return Math.max(1, (start + seconds) * SECOND + borderOf(seconds) - at);
}

function borderOf(seconds: number): number {
  return Math.min(SECOND, (seconds * SECOND) / 10);
}

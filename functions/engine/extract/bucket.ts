import type { BudgetPlace, RequestBudgets } from '../model/requestBudget.ts';
import { type BucketLimit, emptySlice, type Slice, untilAfter, windowsAt } from './slice.ts';

/** One limit of GitLab for one token, and what this client may send under it. Instants are GitLab's. */
export interface Bucket {
  readonly limit: BucketLimit;
  /** Requests that may be sent at this instant without asking anybody. */
  left(at: number): number;
  /** Takes one; only where `left` is not 0. */
  take(at: number): void;
  /** Asks the shared budget for more; the milliseconds until there may be some, 0 when there are. */
  refill(at: number): Promise<number>;
  /** Changes the limit, and tells how many requests GitLab has counted in a window. */
  tell(limit: BucketLimit, observed?: { readonly start: number; readonly requests: number }): void;
  /** Charges a request that was sent before the limit was known. */
  owe(at: number): void;
  /** Gives back what was leased and not sent. */
  giveBack(): Promise<void>;
}

/** What a bucket needs. */
export interface BucketOptions {
  readonly place: BudgetPlace;
  readonly limit: BucketLimit;
  readonly budgets: RequestBudgets;
  /** Kept for people, of 100. */
  readonly reservePercent: number;
}

interface State extends BucketOptions {
  limit: BucketLimit;
  wanted: number;
  readonly slices: Map<number, Slice>;
}

/** A client that uses a slice up faster leases twice as much the next time. */
const SHORT_LIVED = 2_000;
const LARGEST_PART = 20;
const FIRST_PART = 200;
const LOW_PART = 4;

/** Opens a bucket; nothing is leased before it is needed. */
export function openBucket(options: BucketOptions): Bucket {
  const state: State = { ...options, wanted: 0, slices: new Map() };
  return {
    get limit() {
      return state.limit;
    },
    left: (at) =>
      Math.min(
        ...windowsAt(at, state.limit.seconds).map((start) => state.slices.get(start)?.left ?? 0),
      ),
    take(at) {
      for (const start of windowsAt(at, state.limit.seconds)) takeOne(state, start, at);
    },
    refill: (at) => refill(state, at),
    tell(limit, observed) {
      change(state, limit);
      if (observed !== undefined) observe(sliceOf(state, observed.start), limit, observed.requests);
    },
    owe(at) {
      for (const start of windowsAt(at, state.limit.seconds)) sliceOf(state, start).owed += 1;
    },
    giveBack: () => giveBack(state),
  };
}

function sliceOf({ slices, limit }: State, start: number): Slice {
  const known = slices.get(start);
  if (known !== undefined) return known;
  for (const old of slices.keys()) {
    if (old < start - 2 * limit.seconds) slices.delete(old);
  }
  const slice = emptySlice();
  slices.set(start, slice);
  return slice;
}

function takeOne(state: State, start: number, at: number): void {
  const slice = sliceOf(state, start);
  slice.left -= 1;
  const isLow = slice.size > 1 && slice.left <= slice.size / LOW_PART;
  if (!isLow || slice.isSpent || slice.pending !== undefined) return;
  // What is asked for ahead of need may fail; the request that needs it asks again.
  lease(state, start, at).catch(() => undefined);
}

async function refill(state: State, at: number): Promise<number> {
  const { seconds } = state.limit;
  for (const start of windowsAt(at, seconds)) {
    const slice = sliceOf(state, start);
    if (slice.left > 0) continue;
    const paused = slice.isSpent ? 0 : await lease(state, start, at);
    if (paused > 0) return paused;
    if (slice.left === 0 && slice.isSpent) return untilAfter(start, seconds, at);
  }
  return 0;
}

/** One lease at a time for each window; everybody who needs it waits for the same. */
function lease(state: State, start: number, at: number): Promise<number> {
  const slice = sliceOf(state, start);
  slice.pending ??= leaseInto(state, slice, { start, at }).finally(() => {
    slice.pending = undefined;
  });
  return slice.pending;
}

async function leaseInto(
  state: State,
  slice: Slice,
  { start, at }: { readonly start: number; readonly at: number },
): Promise<number> {
  const { place, budgets, limit } = state;
  const { owed } = slice;
  const { granted, pausedMilliseconds } = await budgets.lease({
    ...place,
    ...{ start, seconds: limit.seconds, wanted: nextSize(state, slice, at) + owed },
    // What GitLab has counted of this client is no use by others.
    ...{ most: mostOf(state), limit: limit.requests, observed: Math.max(0, slice.observed - owed) },
  });
  const paid = Math.min(granted, owed);
  slice.owed -= paid;
  slice.left += granted - paid;
  slice.size = granted;
  slice.leasedAt = at;
  if (granted === 0 && pausedMilliseconds === 0) slice.isSpent = true;
  return granted === 0 ? pausedMilliseconds : 0;
}

/** Larger slices for whoever uses them up quickly, smaller ones for whoever does not. */
function nextSize(state: State, slice: Slice, at: number): number {
  const most = mostOf(state);
  const isFirst = slice.size === 0;
  const isQuick = at - slice.leasedAt < SHORT_LIVED;
  const wanted = isQuick ? state.wanted * 2 : Math.ceil(state.wanted / 2);
  const next = isFirst ? Math.max(state.wanted, Math.ceil(most / FIRST_PART)) : wanted;
  state.wanted = Math.min(Math.max(1, next), Math.ceil(most / LARGEST_PART));
  return state.wanted;
}

function mostOf({ limit, reservePercent }: State): number {
  return Math.max(1, Math.floor((limit.requests * (100 - reservePercent)) / 100));
}

function change(state: State, limit: BucketLimit): void {
  const before = state.limit;
  if (limit.seconds === before.seconds && limit.requests === before.requests) return;
  if (limit.seconds !== before.seconds) state.slices.clear();
  for (const slice of state.slices.values()) slice.isSpent = false;
  state.limit = limit;
}

/** What others have used up is not there for this client either, whatever it has leased. */
function observe(slice: Slice, limit: BucketLimit, requests: number): void {
  slice.observed = Math.max(slice.observed, requests);
  if (slice.observed < limit.requests) return;
  slice.left = 0;
  slice.isSpent = true;
}

async function giveBack({ slices, limit, place, budgets }: State): Promise<void> {
  for (const [start, slice] of slices) {
    const unused = slice.left;
    slice.left = 0;
    if (unused > 0) await budgets.giveBack({ ...place, start, seconds: limit.seconds, unused });
  }
}

import type { Pause, RequestBudgets } from '../model/requestBudget.ts';
import { type Bucket, openBucket } from './bucket.ts';
import { endpointLimit } from './endpointLimits.ts';
import { type Gate, openGate, refusedScope } from './gate.ts';
import { type GitlabClock, openGitlabClock } from './gitlabClock.ts';
import { type LearntLimits, openLearntLimits } from './learntLimits.ts';
import { limitOf, toldLimit } from './rateHeaders.ts';
import type { GitlabResponse } from './response.ts';
import { routeOf } from './route.ts';
import type { BucketLimit } from './slice.ts';

/** Spreads the requests of one token over GitLab's windows. Instants are this machine's. */
export interface Pacer {
  /** How long a request must wait at least, and how many may follow at once: Infinity without a limit. */
  standing(route: string, now: number): Standing;
  /** Takes a permit; false when one must be asked for. */
  take(route: string, now: number): boolean;
  /** Asks for permits; the milliseconds until there may be some. */
  refill(route: string, now: number): Promise<number>;
  /** Learns from every answer. */
  observe(response: GitlabResponse, sentAt: number, receivedAt: number): void;
  /** Holds requests back because GitLab asked for it, in every run with this token. */
  pause(response: GitlabResponse, milliseconds: number, now: number): void;
  /** Holds requests back because another run was asked to. */
  follow(pause: Pause, now: number): void;
  /** Gives back what was leased and not sent. */
  giveBack(): Promise<void>;
}

/** How a token stands for one route. */
export interface Standing {
  readonly waitMilliseconds: number;
  readonly left: number;
}

/** What a pacer needs. */
export interface PacerOptions {
  /** A hash of the address and the token. */
  readonly token: string;
  readonly budgets: RequestBudgets;
  readonly reservePercent: number;
  /** `published`: the limits that gitlab.com publishes for its endpoints hold. */
  readonly endpoints: 'published' | 'unknown';
}

interface State extends PacerOptions {
  readonly gate: Gate;
  readonly clock: GitlabClock;
  readonly learnt: LearntLimits;
  /** By the name of a throttle or by a route. */
  readonly buckets: Map<string, Bucket>;
  /** When requests were sent that no limit was known for, by this machine's clock; the last of them. */
  readonly unmetered: number[];
  /** The throttle of most routes, and those of the others. */
  throttle: string | undefined;
  readonly otherThrottles: Map<string, string>;
}

/** Opens the pacer of a token of which nothing is known yet. */
export function openPacer(options: PacerOptions): Pacer {
  const state: State = {
    ...options,
    ...{ gate: openGate(), clock: openGitlabClock(), learnt: openLearntLimits() },
    ...{ buckets: new Map(), throttle: undefined, otherThrottles: new Map(), unmetered: [] },
  };
  const at = (now: number): number => state.clock.at(now);
  return {
    standing(route, now) {
      const waitMilliseconds = state.gate.isWatched ? state.gate.remaining(route, now) : 0;
      const left = bucketsOf(state, route, at(now)).map((bucket) => bucket.left(at(now)));
      return { waitMilliseconds, left: Math.min(Infinity, ...left) };
    },
    take(route, now) {
      const buckets = bucketsOf(state, route, at(now));
      if (buckets.some((bucket) => bucket.left(at(now)) <= 0)) return false;
      for (const bucket of buckets) bucket.take(at(now));
      if (state.throttle === undefined) noteUnmetered(state, now);
      state.learnt.count(route, at(now));
      return true;
    },
    async refill(route, now) {
      for (const bucket of bucketsOf(state, route, at(now))) {
        const milliseconds = await bucket.refill(at(now));
        if (milliseconds > 0) return milliseconds;
      }
      return 0;
    },
    observe(response, sentAt, receivedAt) {
      state.clock.learn(response.date, sentAt, receivedAt);
      observeHeaders(state, response);
    },
    pause(response, milliseconds, now) {
      const scope = refusedScope(response);
      state.gate.close(scope, now + milliseconds);
      if (scope !== '*') learnFromRefusal(state, scope, at(now));
      // The others meet the limit by themselves when this cannot be told.
      state.budgets.pause({ token: state.token, scope, milliseconds }).catch(() => undefined);
    },
    follow({ scope, milliseconds }, now) {
      state.gate.close(scope, now + milliseconds);
    },
    async giveBack() {
      for (const bucket of state.buckets.values()) await bucket.giveBack();
    },
  };
}

/** More than that are not sent before a limit is told, unless GitLab has none. */
const MOST_UNMETERED = 64;

function noteUnmetered({ unmetered }: State, now: number): void {
  unmetered.push(now);
  if (unmetered.length > MOST_UNMETERED) unmetered.shift();
}

const NONE: readonly Bucket[] = [];

function bucketsOf(state: State, route: string, at: number): readonly Bucket[] {
  const limit = limitOfRoute(state, route, at);
  if (state.throttle === undefined && limit === undefined) return NONE;
  const name = state.otherThrottles.get(route) ?? state.throttle;
  const throttle = name === undefined ? undefined : state.buckets.get(name);
  const own = limit === undefined ? undefined : bucketFor(state, route, limit);
  return [throttle, own].filter((bucket) => bucket !== undefined);
}

function limitOfRoute(state: State, route: string, at: number): BucketLimit | undefined {
  const learnt = state.learnt.limit(route, at);
  return learnt ?? (state.endpoints === 'published' ? endpointLimit(route) : undefined);
}

function bucketFor(state: State, scope: string, limit: BucketLimit): Bucket {
  const { buckets, token, budgets, reservePercent } = state;
  const known = buckets.get(scope);
  known?.tell(limit);
  const bucket = known ?? openBucket({ place: { token, scope }, limit, budgets, reservePercent });
  buckets.set(scope, bucket);
  return bucket;
}

function observeHeaders(state: State, { headers, request }: GitlabResponse): void {
  const told = toldLimit(headers);
  if (told === undefined) return;
  const { name, observed, reset } = told;
  state.throttle ??= name;
  if (name !== state.throttle) state.otherThrottles.set(routeOf(request), name);
  const limit = limitOf(told, state.buckets.get(name)?.limit);
  const bucket = bucketFor(state, name, limit);
  for (const sentAt of state.unmetered.splice(0)) bucket.owe(state.clock.at(sentAt));
  if (reset === undefined || reset % limit.seconds !== 0) return;
  bucket.tell(limit, { start: reset - limit.seconds, requests: observed });
}

/** Where the endpoint's window is known, and its size is not. */
function learnFromRefusal(state: State, route: string, at: number): void {
  const published = endpointLimit(route);
  if (state.endpoints === 'published' && published !== undefined) return;
  state.learnt.refuse(route, published?.seconds ?? 60, at);
}

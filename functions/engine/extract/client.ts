import { createHash } from 'node:crypto';
import type { lookup } from 'node:dns';

import type { Report } from '../model/events.ts';
import type { RequestBudgets } from '../model/requestBudget.ts';
import { type GitlabAddress, parseBaseUrl } from './baseUrl.ts';
import { hasPublishedLimits } from './endpointLimits.ts';
import { movedTo } from './moved.ts';
import { openTransport } from './openTransport.ts';
import { ownBudgets } from './ownBudgets.ts';
import { openPacer } from './pacer.ts';
import { perform } from './perform.ts';
import type { RequestOptions } from './requestOptions.ts';
import type { GitlabResponse } from './response.ts';
import type { Session } from './session.ts';
import { openSlots } from './slots.ts';
import { openTokenPool, type TokenPool } from './tokenPool.ts';
import type { Timeouts } from './transport.ts';
import { openWaits } from './waits.ts';
import { type Change, writeOnce } from './writing.ts';

/** What a client needs from its surroundings; time, randomness and the token arrive from outside. */
export interface GitlabOptions {
  readonly baseUrl: string;
  /** Gives one token, or several separated by commas. Called once, and again when GitLab refuses one. */
  readonly token: (refused?: string) => Promise<string> | string;
  /** Rejects when the signal aborts. */
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  readonly random: () => number;
  readonly now: () => number;
  readonly report: Report;
  /** Ends requests that have no signal of their own. */
  readonly signal?: AbortSignal | undefined;
  readonly userAgent: string;
  /** PEM of a private authority, trusted beside the public ones. */
  readonly caCertificate?: string | undefined;
  readonly clientCertificate?: { readonly certificate: string; readonly key: string } | undefined;
  /** Lets the token travel in plain text to other machines. */
  readonly allowHttp?: boolean | undefined;
  /** Resolves names in place of the system. */
  readonly resolve?: typeof lookup | undefined;
  /** What is left of the run: a pause ends before it, and never takes longer than two minutes. */
  readonly remainingMilliseconds?: (() => number) | undefined;
  readonly maxAttempts?: number | undefined;
  readonly maxBodyBytes?: number | undefined;
  readonly timeouts?: Partial<Timeouts> | undefined;
  /** What other clients with the same tokens take from too; without it the client is alone. */
  readonly budgets?: RequestBudgets | undefined;
  /** The part of each limit that is left to people, of 100; 0 by default. */
  readonly reservePercent?: number | undefined;
  /** Requests at a time that a server which had trouble is led back to before the limit is lifted. */
  readonly mostAtATime?: number | undefined;
}

/** One token of a client, asked by itself. */
export interface TokenClient extends Pick<GitlabClient, 'get'> {
  /** Makes it the one that sends what depends on who asks. */
  lead(): void;
}

/** GitLab's API at one origin. Every answer it returns came whole; any status but 401 may be in it. */
export interface GitlabClient {
  /** Reads below `/api/v4`; `pathAndQuery` begins with a slash. */
  get(pathAndQuery: string, options?: RequestOptions): Promise<GitlabResponse>;
  graphql(
    document: string,
    variables: Readonly<Record<string, unknown>>,
    options?: RequestOptions,
  ): Promise<GitlabResponse>;
  /** Changes something in GitLab, with the leading token. */
  write(change: Change): Promise<GitlabResponse>;
  /** Requests sent so far, repetitions included. */
  readonly requests: number;
  /** How long requests were held back because of GitLab's limits. */
  readonly waitedMilliseconds: number;
  /** Every token that has not been refused. */
  tokens(): Promise<readonly TokenClient[]>;
  /** Gives back what was leased and not used; the last thing before `close`. */
  settle(): Promise<void>;
  /** Ends idle connections. */
  close(): void;
}

const MEBIBYTE = 1 << 20;
const DEFAULT_TIMEOUTS: Timeouts = {
  lookup: 10_000,
  connect: 10_000,
  secureConnect: 10_000,
  socket: 30_000,
  response: 60_000,
  request: 90_000,
};
const LONGEST_PAUSE = 120_000;
const DEFAULT_ATTEMPTS = 6;
/** Redirects within the API that one request follows. */
const MOST_MOVES = 3;
const DEFAULT_AT_A_TIME = 64;

/** Opens a client. Nothing is sent before the first request; the tokens go to the base URL's origin only. */
export function openGitlab(options: GitlabOptions): GitlabClient {
  const session = openSession(options);
  const get: GitlabClient['get'] = (request, { signal = options.signal, ...rest } = {}) =>
    performMoved(session, { ...rest, signal, request });
  return {
    get,
    graphql: (query, variables, { signal = options.signal, ...rest } = {}) =>
      perform(session, { ...rest, signal, request: '/graphql', json: { query, variables } }),
    write: (change) => writeOnce(session, { signal: options.signal, ...change }),
    get requests() {
      return session.requests;
    },
    get waitedMilliseconds() {
      return session.waits.milliseconds(options.now());
    },
    async tokens() {
      const members = await session.pool.read();
      return members.map(({ token }) => ({
        get: (request, rest) => get(request, { ...rest, sender: { token } }),
        lead: () => {
          session.pool.lead(token);
        },
      }));
    },
    async settle() {
      for (const { pacer } of session.pool.all) await pacer.giveBack();
    },
    close: () => {
      session.transport.close();
    },
  };
}

/** Follows redirects that stay within the API. */
async function performMoved(
  session: Session,
  request: Parameters<typeof perform>[1],
): Promise<GitlabResponse> {
  let response = await perform(session, request);
  for (let moves = 0; moves < MOST_MOVES; moves += 1) {
    const moved = movedTo(session.address, response);
    if (moved === undefined) break;
    response = await perform(session, { ...request, request: moved });
  }
  return response;
}

function openSession(options: GitlabOptions): Session {
  const address = parseBaseUrl(options.baseUrl, options);
  const budgets = options.budgets ?? ownBudgets();
  const hash = (token: string): string => hashOf(address, token);
  return {
    address,
    transport: openTransport({
      userAgent: options.userAgent,
      timeouts: { ...DEFAULT_TIMEOUTS, ...options.timeouts },
      maxBodyBytes: options.maxBodyBytes ?? 64 * MEBIBYTE,
      caCertificate: options.caCertificate,
      clientCertificate: options.clientCertificate,
      resolve: options.resolve,
    }),
    pool: openPool(options, { address, budgets, hash }),
    budgets,
    hash,
    slots: openSlots(options.mostAtATime ?? DEFAULT_AT_A_TIME),
    waits: openWaits(options.report),
    clock: options,
    report: options.report,
    remaining: () => Math.min(LONGEST_PAUSE, options.remainingMilliseconds?.() ?? LONGEST_PAUSE),
    maxAttempts: options.maxAttempts ?? DEFAULT_ATTEMPTS,
    requests: 0,
    isReached: false,
    followedAt: -Infinity,
  };
}

function openPool(
  { token, report, reservePercent = 0 }: GitlabOptions,
  { address, budgets, hash }: Pick<Session, 'address' | 'budgets' | 'hash'>,
): TokenPool {
  const endpoints = hasPublishedLimits(address.origin) ? 'published' : 'unknown';
  return openTokenPool({
    read: token,
    pace: (one) => openPacer({ token: hash(one), budgets, reservePercent, endpoints }),
    tellDropped: (remaining) => {
      const rest =
        remaining === 1 ? 'the other one goes on' : `${remaining.toString()} others go on`;
      const message = `GitLab refused a token of GITLAB_TOKEN with 401; ${rest}.`;
      report({ event: 'problem', code: 'NOTICE', message });
    },
  });
}

/** Budgets are found by it: the same for the same token of the same GitLab, and nothing can be read from it. */
function hashOf({ origin, api }: GitlabAddress, token: string): string {
  return createHash('sha256').update(`${origin}${api} ${token}`).digest('hex');
}

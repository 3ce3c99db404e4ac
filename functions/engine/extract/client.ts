import type { lookup } from 'node:dns';

import type { Report } from '../model/events.ts';
import { perform } from './attempts.ts';
import { parseBaseUrl } from './baseUrl.ts';
import { keepCredentials } from './credentials.ts';
import { openGate } from './gate.ts';
import { movedTo } from './moved.ts';
import type { RequestOptions } from './requestOptions.ts';
import type { GitlabResponse } from './response.ts';
import { openTransport, type Timeouts } from './transport.ts';

/** What a client needs from its surroundings; time, randomness and the token arrive from outside. */
export interface GitlabOptions {
  readonly baseUrl: string;
  /** Called once, and again when GitLab refuses the token. */
  readonly token: () => Promise<string> | string;
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
  /** Requests sent so far, repetitions included. */
  readonly requests: number;
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

/** Opens a client. Nothing is sent before the first request; the token goes to the base URL's origin only. */
export function openGitlab(options: GitlabOptions): GitlabClient {
  const session = {
    address: parseBaseUrl(options.baseUrl, options),
    transport: openTransport({
      userAgent: options.userAgent,
      timeouts: { ...DEFAULT_TIMEOUTS, ...options.timeouts },
      maxBodyBytes: options.maxBodyBytes ?? 64 * MEBIBYTE,
      caCertificate: options.caCertificate,
      clientCertificate: options.clientCertificate,
      resolve: options.resolve,
    }),
    credentials: keepCredentials(options.token),
    gate: openGate(),
    clock: options,
    report: options.report,
    remaining: () => Math.min(LONGEST_PAUSE, options.remainingMilliseconds?.() ?? LONGEST_PAUSE),
    maxAttempts: options.maxAttempts ?? DEFAULT_ATTEMPTS,
    requests: 0,
    isReached: false,
  };

  return {
    get: async (request, { signal = options.signal, ...rest } = {}) => {
      let response = await perform(session, { ...rest, signal, request });
      for (let moves = 0; moves < MOST_MOVES; moves += 1) {
        const moved = movedTo(session.address, response);
        if (moved === undefined) break;
        response = await perform(session, { ...rest, signal, request: moved });
      }
      return response;
    },
    graphql: (query, variables, { signal = options.signal, ...rest } = {}) =>
      perform(session, { ...rest, signal, request: '/graphql', json: { query, variables } }),
    get requests() {
      return session.requests;
    },
    close: () => {
      session.transport.close();
    },
  };
}

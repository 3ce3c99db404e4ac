import type { IncomingMessage, ServerResponse } from 'node:http';

import {
  type GitlabClient,
  type GitlabOptions,
  openGitlab,
} from '../../../functions/engine/extract/client.ts';
import { ownBudgets } from '../../../functions/engine/extract/ownBudgets.ts';
import type { RunEvent } from '../../../functions/engine/model/events.ts';
import type { RequestBudgets } from '../../../functions/engine/model/requestBudget.ts';
import { CANARY } from './testClient.ts';
import { startTinyServer, type TinyServer } from './tinyServer.ts';

/** What a GitLab in virtual time answers, besides its date. */
export type Answer = (request: {
  readonly path: string;
  readonly token: string;
  readonly now: number;
}) => {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
};

/** One request as the server saw it. */
export interface Seen {
  readonly now: number;
  readonly status: number;
  readonly path: string;
  readonly token: string;
}

/** A server and clients in a time that passes only while everybody waits for it. */
export interface Rig extends AsyncDisposable {
  readonly seen: readonly Seen[];
  readonly events: readonly RunEvent[];
  open(budgets?: RequestBudgets, changes?: Partial<GitlabOptions>): GitlabClient;
  /** Sends until virtual time is over: each client as many requests side by side as `abreast`. */
  work(clients: readonly GitlabClient[], until: number, order: Work): Promise<void>;
}

interface Work {
  readonly path: (index: number) => string;
  readonly abreast: number;
}

/** The beginning of a minute. */
export const START = 1_795_000_020_000;

const QUIET_TURNS = 30;

interface Time {
  now: number;
  /** Grows with everything that happens. */
  changes: number;
  /** Statements that have not been answered. */
  underWay: number;
  readonly sleepers: Map<number, (() => void)[]>;
}

/** Starts a rig; virtual time begins at `START`. */
export async function openRig(answer: Answer): Promise<Rig> {
  const time: Time = { now: START, changes: 0, underWay: 0, sleepers: new Map() };
  const seen: Seen[] = [];
  const events: RunEvent[] = [];
  const server: TinyServer = await startTinyServer((request, response) => {
    time.changes += 1;
    seen.push(reply({ answer, now: time.now }, request, response));
  });
  return {
    seen,
    events,
    open: (budgets = ownBudgets(), more = {}) =>
      openGitlab({
        ...{ baseUrl: server.url, token: () => CANARY, userAgent: 'test' },
        ...{ random: () => 0.5, now: () => time.now, budgets: watched(time, budgets) },
        sleep: (milliseconds) => sleep(time, milliseconds),
        report: (event) => {
          events.push(event);
        },
        ...more,
      }),
    work: (clients, until, order) => work(time, clients, { ...order, until }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function reply(
  { answer, now }: { readonly answer: Answer; readonly now: number },
  request: IncomingMessage,
  response: ServerResponse,
): Seen {
  const path = (request.url ?? '').replace('/api/v4', '');
  const token = (request.headers.authorization ?? '').replace('Bearer ', '');
  const { status, headers, body = '[]' } = answer({ path, token, now });
  response.sendDate = false;
  const date = new Date(now).toUTCString();
  response.writeHead(status, { 'content-type': 'application/json', date, ...headers }).end(body);
  return { now, status, path, token };
}

function watched(time: Time, budgets: RequestBudgets): RequestBudgets {
  const counted = <T>(statement: Promise<T>): Promise<T> => {
    time.underWay += 1;
    return statement.finally(() => {
      time.underWay -= 1;
      time.changes += 1;
    });
  };
  return {
    lease: (order) => counted(budgets.lease(order)),
    giveBack: (rest) => counted(budgets.giveBack(rest)),
    pause: (pause) => counted(budgets.pause(pause)),
    pauses: (tokens) => counted(budgets.pauses(tokens)),
  };
}

function sleep(time: Time, milliseconds: number): Promise<void> {
  const until = Math.ceil(time.now + milliseconds);
  return new Promise((wake) => {
    time.changes += 1;
    time.sleepers.set(until, [...(time.sleepers.get(until) ?? []), wake]);
  });
}

async function work(
  time: Time,
  clients: readonly GitlabClient[],
  { path, abreast, until }: Work & { readonly until: number },
): Promise<void> {
  let index = 0;
  let running = clients.length * abreast;
  const one = async (client: GitlabClient): Promise<void> => {
    while (time.now < until) {
      await client.get(path((index += 1)));
      // A request takes a while, so that the end comes without limits too.
      await sleep(time, 400);
    }
  };
  const workers = clients.flatMap((client) =>
    Array.from({ length: abreast }, () =>
      one(client).finally(() => {
        running -= 1;
      }),
    ),
  );
  await Promise.all([...workers, drive(time, () => running === 0)]);
}

/** Lets time leap to the next sleepers once nothing happens any more without them. */
async function drive(time: Time, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const before = time.changes;
    for (let turn = 0; turn < QUIET_TURNS; turn += 1) await new Promise(setImmediate);
    if (time.changes !== before || time.underWay > 0 || time.sleepers.size === 0) continue;
    const next = Math.min(...time.sleepers.keys());
    const wakes = time.sleepers.get(next) ?? [];
    time.sleepers.delete(next);
    time.now = Math.max(time.now, next);
    time.changes += 1;
    for (const wake of wakes) wake();
  }
}

/** Headers of a fixed aligned window of a minute, and the refusal of what is beyond it. */
export function minuteLimit(requests: number): Answer {
  const counts = new Map<string, number>();
  return ({ token, now }) => {
    const minute = Math.floor(now / 60_000);
    const observed = (counts.get(`${token} ${minute.toString()}`) ?? 0) + 1;
    counts.set(`${token} ${minute.toString()}`, observed);
    const reset = (minute + 1) * 60;
    const headers = {
      'ratelimit-limit': requests.toString(),
      'ratelimit-name': 'throttle_authenticated_api',
      'ratelimit-observed': observed.toString(),
      'ratelimit-remaining': Math.max(0, requests - observed).toString(),
      'ratelimit-reset': reset.toString(),
    };
    if (observed <= requests) return { status: 200, headers };
    const retryAfter = Math.ceil(reset - now / 1000).toString();
    return {
      status: 429,
      headers: { ...headers, 'retry-after': retryAfter },
      body: '"Retry later"',
    };
  };
}

/** How many requests arrived in each minute. */
export function perMinute(seen: readonly Seen[]): readonly number[] {
  const counts = new Map<number, number>();
  for (const { now } of seen) {
    const minute = Math.floor(now / 60_000);
    counts.set(minute, (counts.get(minute) ?? 0) + 1);
  }
  return [...counts].toSorted(([one], [other]) => one - other).map(([, count]) => count);
}

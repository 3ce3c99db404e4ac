import type { Report } from '../model/events.ts';
import { type Call, sendWithToken } from './authorized.ts';
import type { GitlabAddress } from './baseUrl.ts';
import type { Credentials } from './credentials.ts';
import type { Exchange } from './exchange.ts';
import { busy, failedAnswer, unreachable, wrongAnswer } from './failures.ts';
import type { Gate } from './gate.ts';
import type { RequestOptions } from './requestOptions.ts';
import { type GitlabResponse, isApiAnswer, pathOf } from './response.ts';
import { askedDelay, isRetryable, type RetryDecision, retryDelay } from './retry.ts';
import type { Transport } from './transport.ts';

/** What the requests of one client share. */
export interface Session {
  readonly address: GitlabAddress;
  readonly transport: Transport;
  readonly credentials: Credentials;
  readonly gate: Gate;
  readonly clock: {
    readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
    readonly random: () => number;
    readonly now: () => number;
  };
  readonly report: Report;
  readonly remaining: () => number;
  readonly maxAttempts: number;
  requests: number;
  isReached: boolean;
}

type Failure = Exclude<Exchange, { readonly kind: 'too-large' }>;

const GATE_JITTER = 1_000;
const FAILURES_BEFORE_SMALLER = 2;

/** Sends a request until a whole answer came that a repetition would not change, or it gives up. */
export async function perform(
  session: Session,
  call: Call & RequestOptions,
): Promise<GitlabResponse> {
  let { request } = call;
  let failures = 0;
  for (let attempt = 1; ; attempt += 1) {
    await passGate(session, request, call.signal);
    const sent = await sendWithToken(session, { ...call, request });
    if (sent.kind === 'answer') {
      session.isReached = true;
      if (isSettled(sent.response, call)) return sent.response;
    }
    const smaller = call.smaller?.(request);
    if (sent.kind === 'too-large') {
      if (smaller === undefined) throw wrongAnswer(request, 'a body that is too large');
      request = smaller;
      continue;
    }
    await waitOrThrow(session, sent, { attempt, request, signal: call.signal });
    if (!isOverload(sent)) continue;
    failures += 1;
    if (failures % FAILURES_BEFORE_SMALLER === 0) request = smaller ?? request;
  }
}

function isSettled(response: GitlabResponse, { settled = [] }: RequestOptions): boolean {
  if (!isRetryable(response.status)) return true;
  return settled.includes(response.status) && isApiAnswer(response);
}

function isOverload(sent: Failure): boolean {
  return sent.kind === 'answer' ? sent.response.status >= 500 : sent.where === 'network';
}

/** Waits while GitLab wants no requests, so that a limit which one request met stops all of them. */
async function passGate(
  { gate, clock, remaining }: Session,
  request: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const closed = gate.remaining(request, clock.now());
  if (closed === 0) return;
  if (closed > remaining()) throw busy(request, closed);
  await clock.sleep(closed + clock.random() * GATE_JITTER, signal);
  signal?.throwIfAborted();
}

interface Attempt {
  readonly attempt: number;
  readonly request: string;
  readonly signal: AbortSignal | undefined;
}

async function waitOrThrow(
  session: Session,
  sent: Failure,
  { attempt, request, signal }: Attempt,
): Promise<void> {
  const response = sent.kind === 'answer' ? sent.response : undefined;
  const decision = decide(session, response, attempt);
  if (response !== undefined) closeGate(session, response);
  if (decision.next === 'too-long') throw busy(request, decision.milliseconds);
  if (decision.next === 'give-up') {
    throw lastFailure(session.address, sent, { attempt, request, signal });
  }
  session.report({
    event: 'request-retried',
    request: `${request === '/graphql' ? 'POST' : 'GET'} ${pathOf(request)}`,
    status: response?.status ?? 0,
    waitMilliseconds: Math.round(decision.milliseconds),
  });
  await session.clock.sleep(decision.milliseconds, signal);
  signal?.throwIfAborted();
}

function decide(
  { clock, maxAttempts, remaining, isReached }: Session,
  response: GitlabResponse | undefined,
  attempt: number,
): RetryDecision {
  return retryDelay({
    attempt,
    maxAttempts,
    status: response?.status,
    retryAfter: response?.headers['retry-after'],
    now: response?.date?.getTime() ?? clock.now(),
    remainingMilliseconds: remaining(),
    random: clock.random,
    isFirstContact: !isReached,
  });
}

function closeGate({ gate, clock }: Session, response: GitlabResponse): void {
  const sentAt = response.date?.getTime() ?? clock.now();
  const asked = askedDelay(response.status, response.headers['retry-after'], sentAt);
  if (asked !== undefined) gate.close(response, clock.now() + asked);
}

function lastFailure(address: GitlabAddress, sent: Failure, { attempt, request }: Attempt): Error {
  if (sent.kind === 'answer') return failedAnswer(sent.response, attempt);
  if (sent.where === 'network') return unreachable(address.authority, request, sent.cause);
  return wrongAnswer(request, 'a broken body', { code: sent.cause.code });
}

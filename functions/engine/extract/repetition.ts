import type { GitlabAddress } from './baseUrl.ts';
import { endpointLimit } from './endpointLimits.ts';
import type { Exchange } from './exchange.ts';
import { busy, failedAnswer, unreachable, wrongAnswer } from './failures.ts';
import { type GitlabResponse, isApiAnswer, pathOf } from './response.ts';
import { askedDelay, type RetryDecision, retryDelay } from './retry.ts';
import { routeOf } from './route.ts';
import type { Session } from './session.ts';
import type { Member } from './tokenPool.ts';

/** An attempt that is no final answer. */
export type Failure = Exclude<Exchange, { readonly kind: 'too-large' }>;

/** What is known of the attempt that failed. */
export interface FailedRequest {
  readonly attempt: number;
  readonly request: string;
  readonly member: Member;
  readonly signal: AbortSignal | undefined;
}

/** Waits before a request is sent again; throws when it is not to be. */
export async function waitOrThrow(
  session: Session,
  sent: Failure,
  failed: FailedRequest,
): Promise<void> {
  const { attempt, request, signal } = failed;
  const response = sent.kind === 'answer' ? sent.response : undefined;
  const decision = decide(session, response, attempt);
  const asked = response === undefined ? 0 : pauseToken(session, failed, response);
  if (decision.next === 'give-up') throw lastFailure(session.address, sent, failed);
  // Another token may be free, so whether there is time to wait is decided where the next one is chosen.
  const isOtherAsked = asked > 0 && isOtherLeft(session, attempt);
  if (decision.next === 'too-long' && !isOtherAsked) throw busy(request, decision.milliseconds);
  const waitMilliseconds = isOtherAsked ? 0 : Math.round(decision.milliseconds);
  tellRepeated(session, request, { status: statusOf(sent), waitMilliseconds });
  // What GitLab asks for holds every request of the token back, this one too.
  if (asked === 0) await session.clock.sleep(decision.milliseconds, signal);
  signal?.throwIfAborted();
}

function statusOf(sent: Failure): number {
  return sent.kind === 'answer' ? sent.response.status : 0;
}

function isOtherLeft({ pool, maxAttempts }: Session, attempt: number): boolean {
  return attempt < maxAttempts && pool.current.length > 1;
}

function tellRepeated(
  { report }: Session,
  request: string,
  told: { readonly status: number; readonly waitMilliseconds: number },
): void {
  const method = request === '/graphql' ? 'POST' : 'GET';
  report({ event: 'request-retried', request: `${method} ${pathOf(request)}`, ...told });
}

function decide(
  { clock, maxAttempts, remaining, isReached }: Session,
  response: GitlabResponse | undefined,
  attempt: number,
): RetryDecision {
  return retryDelay({
    attempt,
    maxAttempts,
    ...refusalOf(response, clock.now()),
    remainingMilliseconds: remaining(),
    random: clock.random,
    isFirstContact: !isReached,
  });
}

function refusalOf(response: GitlabResponse | undefined, now: number) {
  return {
    status: response?.status,
    retryAfter: response?.headers['retry-after'],
    windowSeconds: response === undefined ? undefined : windowSecondsOf(response),
    now: response?.date?.getTime() ?? now,
  };
}

/** Holds back what GitLab does not want of this token; returns how long it asked to wait, 0 when it did not. */
function pauseToken(
  { clock }: Session,
  { member }: FailedRequest,
  response: GitlabResponse,
): number {
  const now = clock.now();
  const asked = askedDelay(refusalOf(response, now)) ?? 0;
  if (asked > 0) member.pacer.pause(response, asked, now);
  return asked;
}

/** The window of the endpoint's own limit, for refusals that do not say how long to wait. */
function windowSecondsOf(response: GitlabResponse): number | undefined {
  return isApiAnswer(response) ? endpointLimit(routeOf(response.request))?.seconds : undefined;
}

function lastFailure(
  address: GitlabAddress,
  sent: Failure,
  { attempt, request }: FailedRequest,
): Error {
  if (sent.kind === 'answer') return failedAnswer(sent.response, attempt);
  if (sent.where === 'network') return unreachable(address.authority, request, sent.cause);
  return wrongAnswer(request, 'a broken body', { code: sent.cause.code });
}

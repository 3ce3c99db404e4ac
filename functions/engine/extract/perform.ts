import { admit } from './admission.ts';
import type { Exchange } from './exchange.ts';
import { refusedToken, wrongAnswer } from './failures.ts';
import { type Failure, waitOrThrow } from './repetition.ts';
import type { RequestOptions } from './requestOptions.ts';
import { type GitlabResponse, isApiAnswer } from './response.ts';
import { isRetryable } from './retry.ts';
import { type Call, send } from './sending.ts';
import type { Session } from './session.ts';
import type { Member } from './tokenPool.ts';

const FAILURES_BEFORE_SMALLER = 2;

/** Sends a request until a whole answer came that a repetition would not change, or it gives up. */
export async function perform(session: Session, call: Call): Promise<GitlabResponse> {
  let { request } = call;
  let failures = 0;
  const tried = new Set<string>();
  for (let attempt = 1; ; attempt += 1) {
    const order = { ...call, request, tried };
    const { member, sent } = await send(session, order, () => admit(session, order));
    const verdict = await verdictOn(session, sent, { call, member, tried, attempt });
    if (typeof verdict === 'object') return verdict;
    if (verdict === 'again') continue;
    const smaller = call.smaller?.(request);
    if (sent.kind === 'too-large') {
      if (smaller === undefined) throw wrongAnswer(request, 'a body that is too large');
      request = smaller;
      continue;
    }
    await waitOrThrow(session, sent, { attempt, request, member, signal: call.signal });
    if (!isOverload(sent)) continue;
    failures += 1;
    if (failures % FAILURES_BEFORE_SMALLER === 0) request = smaller ?? request;
  }
}

interface Sent {
  readonly call: Call;
  readonly member: Member;
  readonly tried: Set<string>;
  readonly attempt: number;
}

/** The answer when it is final; `again` when another token is to send the request. */
async function verdictOn(
  session: Session,
  sent: Exchange,
  { call, member, tried, attempt }: Sent,
): Promise<GitlabResponse | 'again' | 'failed'> {
  if (sent.kind !== 'answer') return 'failed';
  session.isReached = true;
  const { response } = sent;
  if (response.status === 401) {
    await replaceToken(session, member, { call, attempt });
    return 'again';
  }
  if (!isSettled(response, call)) return 'failed';
  return mayOtherSee(session, response, { call, tried: tried.add(member.token) })
    ? 'again'
    : response;
}

function isSettled(response: GitlabResponse, { settled = [] }: RequestOptions): boolean {
  if (!isRetryable(response.status)) return true;
  return settled.includes(response.status) && isApiAnswer(response);
}

/** What one token may not see, another one of the secret may. */
function mayOtherSee(
  { pool }: Session,
  { status }: GitlabResponse,
  { call, tried }: Pick<Sent, 'call' | 'tried'>,
): boolean {
  if ((status !== 403 && status !== 404) || (call.sender ?? 'any') !== 'any') return false;
  return pool.current.some(({ token }) => !tried.has(token));
}

function isOverload(sent: Failure): boolean {
  return sent.kind === 'answer' ? sent.response.status >= 500 : sent.where === 'network';
}

/** Goes on when the secret has another token by now, or had several. */
async function replaceToken(
  { pool, maxAttempts }: Session,
  member: Member,
  { call, attempt }: Pick<Sent, 'call' | 'attempt'>,
): Promise<void> {
  const isDropped = (await pool.refuse(member)) === 'dropped';
  const isAlone = pool.current.length === 0 || typeof call.sender === 'object';
  if (isDropped && isAlone) throw refusedToken(401, call.request, '');
  if (attempt >= maxAttempts) throw refusedToken(401, call.request, 'and the renewed one too');
}

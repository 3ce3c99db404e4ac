import { urlBelow } from './baseUrl.ts';
import { refusedToken, unreachable, wrongAnswer } from './failures.ts';
import type { GitlabResponse } from './response.ts';
import { askedDelay } from './retry.ts';
import type { Session } from './session.ts';

/** A change that GitLab is asked for. */
export interface Change {
  readonly method: 'POST' | 'PUT';
  /** Below `/api/v4`. */
  readonly path: string;
  readonly json: object;
  readonly signal?: AbortSignal | undefined;
  /** `never`: a limit of the endpoint is an answer. Else it is waited for as long as the run lasts. */
  readonly wait?: 'never' | undefined;
}

const MOST_TRIES = 10;

/**
 * Sends a change with the leading token. Only a 429 is sent again, because nothing was done then; whether one that got no
 * answer was made nobody knows, so that is E_GITLAB_UNREACHABLE. Any other status is an answer.
 */
export async function writeOnce(session: Session, change: Change): Promise<GitlabResponse> {
  const [first] = await session.pool.read();
  const token = (session.pool.leader() ?? first)?.token ?? '';
  for (let tries = 1; ; tries += 1) {
    const response = await sendOnce(session, change, token);
    if (response.status !== 429 || change.wait === 'never' || tries >= MOST_TRIES) return response;
    const retryAfter = response.headers['retry-after'];
    const pause = askedDelay({ status: 429, retryAfter, now: session.clock.now() }) ?? 0;
    if (pause > session.remaining()) return response;
    await session.clock.sleep(pause, change.signal);
  }
}

async function sendOnce(
  session: Session,
  { method, path, json, signal }: Change,
  token: string,
): Promise<GitlabResponse> {
  const url = urlBelow(session.address, path);
  if (url === undefined) throw wrongAnswer(path, 'nothing: the path leaves the API');
  session.requests += 1;
  const sent = await session.transport.send({ method, url, request: path, token, json, signal });
  if (sent.kind === 'too-large') throw wrongAnswer(path, 'a body that is too large');
  if (sent.kind === 'broken') throw unreachable(session.address.origin, path, sent.cause);
  if (sent.response.status === 401) throw refusedToken(401, path, '');
  return sent.response;
}

import { busy, refusedToken } from './failures.ts';
import type { RequestOptions, Sender } from './requestOptions.ts';
import { pathOf } from './response.ts';
import { routeOf } from './route.ts';
import type { Session } from './session.ts';
import type { Member } from './tokenPool.ts';
import type { PauseReason } from './waits.ts';

/** A request that wants to be sent. */
export interface Applicant extends Pick<RequestOptions, 'sender' | 'signal'> {
  readonly request: string;
  /** Tokens that need not be tried again. */
  readonly tried: ReadonlySet<string>;
}

/** All windows begin at the same moment: the requests that waited for one are spread a little. */
const JITTER = 1_000;

/** What one run is told, the others follow within this time. */
const FOLLOW_EVERY = 1_000;

/** Waits until the request may be sent and takes its permit; gives the token that sends it. */
export async function admit(session: Session, applicant: Applicant): Promise<Member> {
  const { pool, clock } = session;
  const { request, signal } = applicant;
  const route = routeOf(request);
  for (;;) {
    signal?.throwIfAborted();
    const members = pool.isRead ? pool.current : await pool.read();
    if (members.length === 0) throw refusedToken(401, request, '');
    follow(session, members);
    const now = clock.now();
    const eligible = eligibleOf(session, members, applicant);
    const { member, waitMilliseconds } = best(eligible, route, now);
    let wait = waitMilliseconds;
    if (wait === 0) {
      if (member.pacer.take(route, now)) return member;
      wait = await member.pacer.refill(route, now);
    }
    if (wait > 0) {
      const reason = waitMilliseconds > 0 ? 'asked-to-wait' : 'limit-used';
      await pause(session, applicant, { milliseconds: wait, reason });
    }
  }
}

function eligibleOf(
  session: Session,
  members: readonly Member[],
  { sender = 'any', tried }: Applicant,
): readonly Member[] {
  const chosen = chosenBy(session, members, sender);
  const untried = tried.size === 0 ? chosen : chosen.filter(({ token }) => !tried.has(token));
  return untried.length === 0 ? members : untried;
}

function chosenBy(
  { pool }: Session,
  members: readonly Member[],
  sender: Sender,
): readonly Member[] {
  if (sender === 'any' || members.length < 2) return members;
  if (sender !== 'leader') return members.filter(({ token }) => token === sender.token);
  const leader = pool.leader();
  return leader === undefined ? members : [leader];
}

interface Candidate {
  readonly member: Member;
  readonly waitMilliseconds: number;
}

/** The token that may send first; of several the one with the most left. */
function best(members: readonly Member[], route: string, now: number): Candidate {
  const [first, ...others] = members.map((member) => ({
    member,
    ...member.pacer.standing(route, now),
  }));
  if (first === undefined) throw new Error('no token may send the request');
  return others.reduce((one, other) => {
    if (one.waitMilliseconds !== other.waitMilliseconds)
      return one.waitMilliseconds < other.waitMilliseconds ? one : other;
    return other.left > one.left ? other : one;
  }, first);
}

async function pause(
  { clock, remaining, waits }: Session,
  { request, signal }: Applicant,
  { milliseconds, reason }: { readonly milliseconds: number; readonly reason: PauseReason },
): Promise<void> {
  if (milliseconds > remaining()) throw busy(request, milliseconds);
  waits.begin({ request: pathOf(request), milliseconds, reason, now: clock.now() });
  try {
    await clock.sleep(milliseconds + clock.random() * JITTER, signal);
  } finally {
    waits.end(clock.now());
  }
}

/** Learns in the background what GitLab has told other runs with the same tokens. */
function follow(session: Session, members: readonly Member[]): void {
  const { clock, budgets, hash } = session;
  const now = clock.now();
  if (now - session.followedAt < FOLLOW_EVERY) return;
  session.followedAt = now;
  const byHash = new Map(members.map((member) => [hash(member.token), member]));
  budgets
    .pauses([...byHash.keys()])
    .then((pauses) => {
      for (const paused of pauses) byHash.get(paused.token)?.pacer.follow(paused, clock.now());
    })
    // The next request asks again; what it misses, GitLab itself tells.
    .catch(() => undefined);
}

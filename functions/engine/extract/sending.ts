import { urlBelow } from './baseUrl.ts';
import type { Exchange } from './exchange.ts';
import { wrongAnswer } from './failures.ts';
import type { RequestOptions } from './requestOptions.ts';
import type { Session } from './session.ts';
import type { Became } from './slots.ts';
import type { Member } from './tokenPool.ts';
import type { WireRequest } from './transport.ts';

/** What to ask for; `json` makes it a GraphQL request. */
export interface Call extends RequestOptions {
  readonly request: string;
  readonly json?: unknown;
}

/** An answer that took longer is no reason to send more at a time. */
const SLOW = 5_000;

/** What became of one attempt, and the token that it was sent with. */
export interface SentOnce {
  readonly member: Member;
  readonly sent: Exchange;
}

/**
 * Sends once with the token that `choose` gives, as soon as there is a place for one more request. Before the server has
 * answered at all its limits are not known, so then the place comes first and one request after the other is let through.
 */
export async function send(
  session: Session,
  call: Call,
  choose: () => Promise<Member>,
): Promise<SentOnce> {
  const { slots } = session;
  if (slots.isProven) {
    const member = await choose();
    const entering = slots.enter(call.signal);
    if (entering !== undefined) await entering;
    return { member, sent: await sendInPlace(session, member, call) };
  }
  await slots.enter(call.signal);
  const member = await choose().catch((error: unknown) => {
    slots.leave('trouble', 0);
    throw error;
  });
  return { member, sent: await sendInPlace(session, member, call) };
}

async function sendInPlace(session: Session, member: Member, call: Call): Promise<Exchange> {
  const { slots, clock, transport } = session;
  const ticket = slots.ticket();
  const sentAt = clock.now();
  let became: Became = 'trouble';
  try {
    const wire = wireRequest(session, call, member.token);
    session.requests += 1;
    const sent = await transport.send(wire);
    const receivedAt = clock.now();
    if (sent.kind === 'answer') member.pacer.observe(sent.response, sentAt, receivedAt);
    became = becameOf(sent, call, receivedAt - sentAt);
    return sent;
  } catch (error) {
    // Nothing was sent, or somebody wanted no answer any more.
    became = slots.isProven ? 'slow' : 'trouble';
    throw error;
  } finally {
    slots.leave(became, ticket);
  }
}

function becameOf(sent: Exchange, { settled = [] }: Call, milliseconds: number): Became {
  if (sent.kind === 'too-large') return 'slow';
  if (sent.kind === 'broken') return 'trouble';
  const { status } = sent.response;
  if ((status === 429 || status >= 500) && !settled.includes(status)) return 'trouble';
  return milliseconds > SLOW ? 'slow' : 'well';
}

function wireRequest(
  { address }: Session,
  { request, json, signal }: Call,
  token: string,
): WireRequest {
  if (json !== undefined) {
    const url = new URL(`${address.origin}${address.graphql}`);
    return { method: 'POST', url, request, token, json, signal };
  }
  const url = urlBelow(address, request);
  if (url === undefined) throw wrongAnswer(request, 'nothing: the path leaves the API');
  return { method: 'GET', url, request, token, signal };
}

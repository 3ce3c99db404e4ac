import { type GitlabAddress, urlBelow } from './baseUrl.ts';
import type { Credentials } from './credentials.ts';
import type { Exchange } from './exchange.ts';
import { refusedToken, wrongAnswer } from './failures.ts';
import type { Transport, WireRequest } from './transport.ts';

/** What to ask for; `json` makes it a GraphQL request. */
export interface Call {
  readonly request: string;
  readonly json?: unknown;
  readonly signal: AbortSignal | undefined;
}

interface Sender {
  readonly address: GitlabAddress;
  readonly transport: Transport;
  readonly credentials: Credentials;
  requests: number;
}

/** Sends once, and once more when GitLab refused a token that has been replaced meanwhile. */
export async function sendWithToken(sender: Sender, call: Call): Promise<Exchange> {
  const token = await sender.credentials.current();
  const sent = await send(sender, call, token);
  if (!isRefused(sent)) return sent;
  const renewed = await sender.credentials.renewed(token);
  if (renewed === undefined) throw refusedToken(401, call.request, '');
  const again = await send(sender, call, renewed);
  if (isRefused(again)) throw refusedToken(401, call.request, 'and the renewed one too');
  return again;
}

function isRefused(sent: Exchange): boolean {
  return sent.kind === 'answer' && sent.response.status === 401;
}

function send(sender: Sender, call: Call, token: string): Promise<Exchange> {
  const request = wireRequest(sender.address, call, token);
  sender.requests += 1;
  return sender.transport.send(request);
}

function wireRequest(
  address: GitlabAddress,
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

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';

/**
 * Keeps the framework from reading the body of a request, which it would do whole, up to a gigabyte, and parse. It knows by these
 * headers whether there is one; the bytes then stay in the request for `readBody`. `rawHeaders` keeps them.
 */
export function hideBody(request: IncomingMessage): void {
  delete request.headers['content-length'];
  delete request.headers['transfer-encoding'];
}

const REQUESTS = 'http.server.request.start';

/**
 * Hides the body of every request to this process before the framework sees the request: its server is not ours, and
 * Node.js tells on this channel of each request before the server does. May be called again.
 */
export function leaveBodiesUnread(): void {
  unsubscribe(REQUESTS, hide);
  subscribe(REQUESTS, hide);
}

function hide(message: unknown): void {
  hideBody((message as { readonly request: IncomingMessage }).request);
}

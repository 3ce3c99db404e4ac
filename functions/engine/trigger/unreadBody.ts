import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';

/**
 * Keeps the framework from reading the body of a request, which it would do whole, up to a gigabyte, and parse. It knows by these
 * headers whether there is one; the bytes then stay in the request for `readBody`. `rawHeaders` keeps them.
 */
export function hideBody(request: IncomingMessage): void {
  delete request.headers['content-length'];
  delete request.headers['transfer-encoding'];
}

/**
 * Hides the body of every request to this process before the framework sees the request: its server is not ours, and
 * Node.js tells on this channel of each request before the server does.
 */
export function leaveBodiesUnread(): void {
  subscribe('http.server.request.start', (message) => {
    hideBody((message as { readonly request: IncomingMessage }).request);
  });
}

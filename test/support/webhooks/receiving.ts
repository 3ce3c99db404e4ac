import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A place that webhooks are sent to. */
export interface Receiving {
  /** What it answers with. */
  readonly state: { status: number };
  readonly got: readonly { readonly headers: IncomingHttpHeaders; readonly body: string }[];
  readonly url: string;
  readonly close: () => void;
}

/** Starts it; it takes everything, as `state` says. */
export async function startReceiving(): Promise<Receiving> {
  const state = { status: 202 };
  const got: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      got.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(state.status).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { state, got, url: `http://127.0.0.1:${port.toString()}/`, close: () => server.close() };
}

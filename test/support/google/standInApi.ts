import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** One call that an API got. */
export interface ApiCall {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

/** What an API answers: a status and JSON. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: object;
}

/** An API of Google Cloud on loopback that keeps what it was asked. */
export interface StandInApi extends AsyncDisposable {
  readonly url: string;
  readonly calls: readonly ApiCall[];
}

/** Starts an API that answers each call as it is told, by default with an empty object. */
export async function startStandInApi(
  answer: (call: ApiCall) => ApiAnswer = () => ({ status: 200, body: {} }),
): Promise<StandInApi> {
  const calls: ApiCall[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { url: path = '', headers } = request;
      const call = { path, headers, body: JSON.parse(body) as unknown };
      calls.push(call);
      const { status, body: answered } = answer(call);
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answered));
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port.toString()}`,
    calls,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}

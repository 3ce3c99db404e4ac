import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server in front of another one that hands its answers on late: they are old when they arrive. */
export interface LateServer {
  readonly url: string;
  close(): void;
}

/** Starts it; `milliseconds` says how late the answer to a request is. */
export async function answerLate(
  target: string,
  milliseconds: (url: string) => number,
): Promise<LateServer> {
  const server = createServer((incoming, outgoing) => {
    forward(new URL(incoming.url ?? '/', target), incoming, (answer) => {
      setTimeout(
        () => {
          hand(answer, outgoing);
        },
        milliseconds(incoming.url ?? '/'),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port.toString()}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

interface Answer {
  readonly head: IncomingMessage;
  readonly body: Buffer;
}

function forward(url: URL, incoming: IncomingMessage, then: (answer: Answer) => void): void {
  const { method, headers } = incoming;
  const asked = request(url, { method, headers: { ...headers, host: url.host } }, (head) => {
    const chunks: Buffer[] = [];
    head.on('data', (chunk: Buffer) => chunks.push(chunk));
    head.on('end', () => {
      then({ head, body: Buffer.concat(chunks) });
    });
  });
  asked.on('error', () => incoming.socket.destroy());
  incoming.pipe(asked);
}

function hand({ head, body }: Answer, outgoing: ServerResponse): void {
  const headers = { ...head.headers, 'content-length': body.length.toString() };
  delete headers['transfer-encoding'];
  outgoing.writeHead(head.statusCode ?? 502, headers);
  outgoing.end(body);
}

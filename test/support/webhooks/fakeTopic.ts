import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A message as it was published. */
export interface Published {
  readonly body: Buffer;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Stands where Pub/Sub is: takes messages over sockets and keeps them. */
export interface FakeTopic extends AsyncDisposable {
  readonly name: string;
  /** Variables with which a process publishes here. */
  readonly environment: Readonly<Record<string, string>>;
  readonly published: readonly Published[];
  /** Connections that were ever opened. */
  readonly connections: () => number;
  /** Answers the next `times` messages with this status and keeps nothing of them. */
  readonly fail: (status: number, times: number) => void;
}

interface Sent {
  readonly messages: readonly {
    readonly data?: string;
    readonly attributes: Readonly<Record<string, string>>;
  }[];
}

/** Starts a topic on a port of its own. */
export async function startFakeTopic(): Promise<FakeTopic> {
  const name = 'projects/acme/topics/gitlab-events';
  const published: Published[] = [];
  let failure = { status: 500, times: 0 };
  let connections = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (failure.times > 0) {
        failure = { ...failure, times: failure.times - 1 };
        response.writeHead(failure.status).end('{}');
        return;
      }
      const { messages } = JSON.parse(Buffer.concat(chunks).toString()) as Sent;
      for (const { data = '', attributes } of messages)
        published.push({ body: Buffer.from(data, 'base64'), attributes });
      const messageIds = messages.map((_message, index) => `${published.length - index}`);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ messageIds }));
    });
  }).listen(0, '127.0.0.1');
  server.on('connection', () => (connections += 1));
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    name,
    environment: { WEBHOOK_TOPIC: name, PUBSUB_EMULATOR_HOST: `127.0.0.1:${port.toString()}` },
    published,
    connections: () => connections,
    fail: (status, times) => (failure = { status, times }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

import { type Frame, openFramer } from './frames.ts';

/** A numbered point in what a client sends to its server. */
export interface Crossing {
  /** What is counted: every message, or those that commit a transaction. */
  readonly kind: 'message' | 'commit';
  /** Counted over all connections from when the crossing is armed; 1 is the next one. */
  readonly number: number;
  /** Whether the message reaches the server; held, it does so when the strike is over. */
  readonly delivery: 'arrives' | 'is lost' | 'is held';
  /** Whether the client's connection is cut; it always is when the message is lost. */
  readonly connection: 'stays' | 'breaks';
}

/** How much a client has sent. */
export interface Traffic {
  readonly messages: number;
  readonly commits: number;
}

/** Stands between the loader and PostgreSQL, knows the protocol and strikes at numbered points. */
export interface PostgresProxy extends AsyncDisposable {
  /** The server's URL by way of this proxy. */
  readonly url: string;
  /** What crossed since the last call. */
  takeTraffic(): Traffic;
  /** Calls `strike` at a crossing, once. */
  arm(crossing: Crossing, strike: () => Promise<void> | void): void;
  /** Forgets a crossing that nothing has reached. */
  disarm(): void;
}

interface State {
  messages: number;
  commits: number;
  armed: { crossing: Crossing; left: number; strike: () => Promise<void> | void } | undefined;
  readonly sockets: Set<Socket>;
}

/** Listens on a port of its own for the server that a URL names. */
export async function startPostgresProxy(serverUrl: string): Promise<PostgresProxy> {
  const target = new URL(serverUrl);
  const state: State = { messages: 0, commits: 0, armed: undefined, sockets: new Set() };
  const server = createServer((client) => {
    forward(client, connect(Number(target.port), target.hostname), state);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = new URL(serverUrl);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port.toString()}`;
  return {
    url: url.href,
    takeTraffic: () => {
      const { messages, commits } = state;
      Object.assign(state, { messages: 0, commits: 0 });
      return { messages, commits };
    },
    arm: (crossing, strike) => {
      state.armed = { crossing, left: crossing.number, strike };
    },
    disarm: () => {
      state.armed = undefined;
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      for (const socket of state.sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

function forward(client: Socket, upstream: Socket, state: State): void {
  for (const socket of [client, upstream]) {
    state.sockets.add(socket);
    socket.setNoDelay();
    socket.on('close', () => state.sockets.delete(socket));
    // Processes are killed and servers restarted: both ends may be reset at any time.
    socket.on('error', () => undefined);
  }
  upstream.on('data', (chunk) => client.write(chunk));
  upstream.on('close', () => client.destroy());
  client.on('close', () => upstream.end());
  void sendOn(client, upstream, state);
}

/** Message by message, in order, also while one of them is held. */
async function sendOn(client: Socket, upstream: Socket, state: State): Promise<void> {
  const framer = openFramer();
  try {
    for await (const chunk of client) {
      for (const frame of framer(chunk as Buffer)) {
        const passing = await pass(frame, state);
        if (passing.delivery === 'arrives') upstream.write(frame.bytes);
        if (passing.connection === 'breaks') client.destroy();
      }
    }
  } catch {
    client.destroy();
  }
}

const UNDISTURBED = { delivery: 'arrives', connection: 'stays' } as const;

async function pass(
  { kind }: Frame,
  state: State,
): Promise<{ delivery: 'arrives' | 'is lost'; connection: Crossing['connection'] }> {
  state.messages += 1;
  if (kind === 'commit') state.commits += 1;
  const { armed } = state;
  if (armed === undefined || (armed.crossing.kind === 'commit' && kind !== 'commit'))
    return UNDISTURBED;
  armed.left -= 1;
  if (armed.left > 0) return UNDISTURBED;
  state.armed = undefined;
  const { crossing, strike } = armed;
  const struck = strike();
  if (crossing.delivery === 'is lost') return { delivery: 'is lost', connection: 'breaks' };
  if (crossing.delivery === 'is held') await struck;
  return { delivery: 'arrives', connection: crossing.connection };
}

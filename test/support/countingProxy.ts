import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A place in the traffic between a client and its server. */
export interface Crossing {
  /** Chunks that cross before, in either direction. */
  readonly after: number;
  /** Whether the chunk itself still arrives. */
  readonly chunk: 'arrives' | 'is lost';
}

/** Stands between a client and a server and counts what crosses. */
export interface CountingProxy extends AsyncDisposable {
  /** The server's URL by way of this proxy. */
  readonly url: string;
  /** Chunks that crossed since the last call. */
  takeCount(): number;
  /** Calls `strike` at a crossing, counted from now; what the client sends afterwards is its own affair. */
  arm(crossing: Crossing, strike: () => void): void;
  /** Cuts every connection and makes no more, as if the client had died, until it is disarmed. */
  sever(): void;
  /** Lets everything cross again. */
  disarm(): void;
  /** Resolves when the server has closed every connection. */
  idle(): Promise<void>;
}

interface Traffic {
  count: number;
  armed: (Crossing & { readonly strike: () => void }) | undefined;
  severed: boolean;
  readonly upstreams: Set<Socket>;
}

/** Listens on a port of its own for a PostgreSQL that a URL names. */
export async function startCountingProxy(serverUrl: string): Promise<CountingProxy> {
  const target = new URL(serverUrl);
  const traffic: Traffic = { count: 0, armed: undefined, severed: false, upstreams: new Set() };
  const server = createServer((client) => {
    if (traffic.severed) client.destroy();
    else forward(client, connect(Number(target.port), target.hostname), traffic);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = new URL(serverUrl);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port.toString()}`;
  const idle = async (): Promise<void> => {
    await Promise.all([...traffic.upstreams].map((upstream) => once(upstream, 'close')));
  };
  return {
    url: url.href,
    idle,
    takeCount: () => {
      const { count } = traffic;
      traffic.count = 0;
      return count;
    },
    arm: (crossing, strike) => {
      traffic.count = 0;
      traffic.armed = { ...crossing, strike };
    },
    sever: () => {
      traffic.severed = true;
      for (const upstream of traffic.upstreams) upstream.destroy();
    },
    disarm: () => {
      traffic.armed = undefined;
      traffic.severed = false;
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      for (const upstream of traffic.upstreams) upstream.destroy();
      await idle();
    },
  };
}

function forward(client: Socket, upstream: Socket, traffic: Traffic): void {
  traffic.upstreams.add(upstream);
  upstream.on('close', () => traffic.upstreams.delete(upstream));
  for (const [from, to] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    from.setNoDelay();
    from.on('data', (chunk) => {
      if (passes(traffic)) to.write(chunk);
      else upstream.end();
    });
    from.on('end', () => to.end());
    // A connection of a process that was killed may be reset.
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroy());
  }
}

function passes(traffic: Traffic): boolean {
  const { armed } = traffic;
  traffic.count += 1;
  if (armed === undefined || traffic.count <= armed.after) return true;
  traffic.armed = undefined;
  armed.strike();
  return armed.chunk === 'arrives';
}

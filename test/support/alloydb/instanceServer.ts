import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';

import type { ClusterAuthorities } from './adminServer.ts';
import { issueCertificate } from './certificates.ts';
import { decodeExchange, encodeExchangeAnswer, type Exchange } from './exchangeServer.ts';

/** How the server treats one connection after the TLS handshake. */
export type Verdict =
  | { readonly accept: true }
  | { readonly error: string }
  /** Bytes that stand in for the answer, after which the server says nothing. */
  | { readonly bytes: Buffer }
  | { readonly close: true }
  | { readonly hang: true };

/** What the instance's server does; tests change it while it runs. */
export interface InstanceState {
  judge: (exchange: Exchange) => Verdict;
  /** Writes the answer of the exchange byte by byte. */
  dribbles: boolean;
}

/** A stand-in for the instance's server: TLS 1.3 with client certificates, metadata exchange, then PostgreSQL. */
export interface InstanceServer extends AsyncDisposable {
  readonly port: number;
  readonly exchanges: readonly Exchange[];
  /** Connections that are open now. */
  readonly connections: () => number;
  /** Breaks every connection. */
  drop(): void;
}

/** Where the server is; port 0 is a free one, which only connectors that are told know of. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Starts the server for the authorities of a cluster, in front of a PostgreSQL that a URL names. */
export async function startInstanceServer(
  authorities: ClusterAuthorities,
  {
    databaseUrl,
    addresses,
    listen,
  }: {
    readonly databaseUrl: string;
    readonly addresses: readonly string[];
    readonly listen: ListenAddress;
  },
  state: InstanceState,
): Promise<InstanceServer> {
  const exchanges: Exchange[] = [];
  const sockets = new Set<Socket>();
  const server = createServer(
    { ...identity(authorities, addresses), requestCert: true, minVersion: 'TLSv1.3' },
    (socket) => {
      track(sockets, socket);
      void serve(socket, exchanges, state).then((accepted) => {
        if (accepted) forward(socket, databaseUrl, sockets);
      });
    },
  );
  server.on('connection', (socket: Socket) => track(sockets, socket));
  await once(server.listen(listen.port, listen.host), 'listening');
  const drop = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    exchanges,
    connections: () => sockets.size,
    drop,
    [Symbol.asyncDispose]: async () => {
      server.close();
      drop();
      if (server.listening) await once(server, 'close');
    },
  };
}

function identity(
  { server, client }: ClusterAuthorities,
  addresses: readonly string[],
): { readonly key: string; readonly cert: string; readonly ca: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const expiresAt = new Date(Date.now() + 3_600_000);
  const own = { name: 'server.alloydb', publicKey, use: 'server', addresses, expiresAt } as const;
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: issueCertificate(own, server) + server.certificate,
    ca: client.certificate,
  };
}

/** Resolves to whether PostgreSQL's protocol may follow. */
async function serve(
  socket: TLSSocket,
  exchanges: Exchange[],
  { judge, dribbles }: InstanceState,
): Promise<boolean> {
  const exchange = await readExchange(socket);
  if (exchange === undefined) return false;
  exchanges.push(exchange);
  const verdict = judge(exchange);
  if ('accept' in verdict) {
    const answer = encodeExchangeAnswer({ code: 1 });
    for (const byte of dribbles ? answer : []) {
      socket.write(Buffer.from([byte]));
      await new Promise(setImmediate);
    }
    if (!dribbles) socket.write(answer);
    return true;
  }
  if ('error' in verdict) socket.end(encodeExchangeAnswer({ code: 2, error: verdict.error }));
  if ('bytes' in verdict) socket.write(verdict.bytes);
  if ('close' in verdict) socket.destroy();
  return false;
}

async function readExchange(socket: TLSSocket): Promise<Exchange | undefined> {
  let received = Buffer.alloc(0);
  while (received.length < 4 || received.length < 4 + received.readUInt32BE()) {
    const chunk = socket.read() as Buffer | null;
    if (chunk !== null) received = Buffer.concat([received, chunk]);
    else if (socket.readableEnded || socket.destroyed) return undefined;
    else
      await Promise.race([once(socket, 'readable'), once(socket, 'close')]).catch(() => undefined);
  }
  return decodeExchange(received.subarray(4));
}

function forward(socket: TLSSocket, databaseUrl: string, sockets: Set<Socket>): void {
  const { hostname, port } = new URL(databaseUrl);
  const upstream = connect(Number(port), hostname);
  track(sockets, upstream);
  socket.pipe(upstream);
  upstream.pipe(socket);
  socket.once('close', () => upstream.destroy());
  upstream.once('close', () => socket.end());
}

function track(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket);
  socket.setNoDelay();
  // Clients that break their connection are part of the tests.
  socket.on('error', () => socket.destroy());
  socket.once('close', () => sockets.delete(socket));
}

import { once } from 'node:events';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { checkServerIdentity, connect as connectTls, type TLSSocket } from 'node:tls';

import type { ConnectionParameters } from './connectionParameters.ts';
import { withDeadline } from './deadline.ts';
import { AlloydbError, type AlloydbErrorCode, reasonOf } from './errors.ts';
import { exchangeMetadata } from './exchangeMetadata.ts';
import type { ExchangeRequest } from './metadataExchange.ts';

/** The longest that each phase of a connection may take. */
export interface DialTimeouts {
  readonly connectMilliseconds: number;
  readonly tlsMilliseconds: number;
  readonly exchangeMilliseconds: number;
}

/** One connection to be made. */
export interface Dial {
  readonly parameters: ConnectionParameters;
  readonly address: string;
  readonly port: number;
  readonly request: ExchangeRequest;
  readonly timeouts: DialTimeouts;
  /** Ends it in whatever phase it is. */
  readonly signal: AbortSignal;
}

const KEEP_ALIVE_MILLISECONDS = 30_000;

/** Connects, proves who is who, and exchanges metadata; what comes after on the socket is PostgreSQL's protocol. */
export async function dial(options: Dial): Promise<TLSSocket> {
  const { timeouts } = options;
  const socket = await phase(options, 'CONNECT_FAILED', timeouts.connectMilliseconds, tcp);
  try {
    const secure = await phase(options, 'TLS_FAILED', timeouts.tlsMilliseconds, (inner) =>
      tls(socket, inner),
    );
    await phase(options, 'EXCHANGE_FAILED', timeouts.exchangeMilliseconds, ({ request, signal }) =>
      exchangeMetadata(secure, request, signal),
    );
    return secure;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

const PHASES: Readonly<Partial<Record<AlloydbErrorCode, string>>> = {
  CONNECT_FAILED: 'No TCP connection to',
  TLS_FAILED: 'No trusted TLS connection to',
  EXCHANGE_FAILED: 'No metadata exchange with',
};

async function phase<T>(
  options: Dial,
  code: AlloydbErrorCode,
  milliseconds: number,
  work: (options: Dial) => Promise<T>,
): Promise<T> {
  const failed = (reason: string): AlloydbError =>
    new AlloydbError(
      code,
      `${PHASES[code] ?? ''} AlloyDB at ${options.address}:${options.port.toString()}: ${reason}.`,
    );
  const { signal } = options;
  const late = (): AlloydbError => failed(`not in ${milliseconds.toString()} ms`);
  return withDeadline({ milliseconds, signal, late }, (ending) =>
    work({ ...options, signal: ending }).catch((error: unknown) => {
      throw error instanceof AlloydbError ? error : failed(reasonOf(error));
    }),
  );
}

async function tcp({ address, port, signal }: Dial): Promise<Socket> {
  const socket = connectTcp({
    host: address,
    port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MILLISECONDS,
  });
  return established(socket, 'connect', signal);
}

async function tls(socket: Socket, { address, parameters, signal }: Dial): Promise<TLSSocket> {
  const secure = connectTls({
    socket,
    secureContext: parameters.secureContext,
    // The server's certificate names each of its addresses. Only names may be sent ahead of it.
    servername: isIP(address) === 0 ? address : '',
    checkServerIdentity: (_host, certificate) => checkServerIdentity(address, certificate),
  });
  return established(secure, 'secureConnect', signal);
}

/** Waits for the event that says that the socket is ready; destroys the socket when it does not come. */
async function established<S extends Socket>(
  socket: S,
  event: string,
  signal: AbortSignal,
): Promise<S> {
  // An error that nobody listens to would end the process, and between two phases nobody does.
  socket.on('error', () => undefined);
  try {
    await once(socket, event, { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

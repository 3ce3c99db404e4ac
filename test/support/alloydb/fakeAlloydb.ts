import { randomBytes } from 'node:crypto';

import { Connector, type ConnectorOptions } from '../../../functions/engine/alloydb/index.ts';
import { type AdminServer, type ApiState, startAdminServer } from './adminServer.ts';
import { makeAuthority } from './certificates.ts';
import {
  type InstanceServer,
  type InstanceState,
  type ListenAddress,
  startInstanceServer,
} from './instanceServer.ts';
import { openTokenOffice, type TokenOffice } from './tokens.ts';

/** The instance that the fake pretends to be. */
export const INSTANCE_URI = 'projects/acme/locations/europe-west1/clusters/main/instances/primary';

/** An AlloyDB instance on loopback: Admin API and server, with a real PostgreSQL behind. */
export interface FakeAlloydb extends AsyncDisposable {
  readonly api: AdminServer;
  readonly server: InstanceServer;
  readonly office: TokenOffice;
  /** What the API and the server do from now on. */
  readonly state: ApiState & InstanceState;
  /** The clock of the connectors; it stands still until a test moves it. */
  readonly clock: { now: number };
  /** Waits that connectors were to make between attempts, in milliseconds; they are not made. */
  readonly waits: readonly number[];
  /** A connector to this instance that is closed with it. */
  connector(options?: ConnectorOptions): Connector;
}

/** What may be wrong from the beginning. */
export interface FakeOptions {
  readonly databaseUrl: string;
  /** The addresses in the server's certificate. */
  readonly certifiedAddresses?: readonly string[];
  /** Whose tokens are taken; its own by default. */
  readonly office?: TokenOffice;
  /** A free port of 127.0.0.1 by default; `knownPort()` is what a connector finds that is not told of another. */
  readonly listen?: ListenAddress;
}

/** Port 5433, which every instance has, at a loopback address that no other test is likely to use. */
export function knownPort(): ListenAddress {
  const port = 5433;
  // Elsewhere loopback is one address only.
  if (process.platform !== 'linux') return { host: '127.0.0.1', port };
  return { host: randomLoopback(), port };
}

const HOUR_MILLISECONDS = 3_600_000;

/** Not the first and not the last of a network. */
function randomLoopback(): string {
  return `127.${[...randomBytes(3)].map((byte) => (1 + (byte % 253)).toString()).join('.')}`;
}

/** Starts an instance that takes every login with a token for logins. */
export async function startFakeAlloydb(options: FakeOptions): Promise<FakeAlloydb> {
  const { databaseUrl, office = openTokenOffice() } = options;
  const { listen = { host: '127.0.0.1', port: 0 } } = options;
  const { certifiedAddresses: addresses = [listen.host, 'localhost'] } = options;
  const authorities = { server: makeAuthority('cluster'), client: makeAuthority('clients') };
  const clock = { now: Date.now() };
  const state: ApiState & InstanceState = {
    addresses: { ipAddress: listen.host },
    authorities,
    expiresAt: () => new Date(clock.now + HOUR_MILLISECONDS),
    fault: () => undefined,
    judge: ({ token }) =>
      office.scopeOf(token)?.endsWith('/alloydb.login')
        ? { accept: true }
        : { error: 'invalid OAuth2 token' },
    dribbles: false,
  };
  const api = await startAdminServer(state, office);
  const server = await startInstanceServer(authorities, { databaseUrl, addresses, listen }, state);
  const connectors: Connector[] = [];
  const waits: number[] = [];
  return {
    ...{ api, server, office, state, clock, waits },
    connector: (more = {}) => {
      const connector = new Connector({
        credentials: office.credentials,
        apiEndpoint: api.url,
        port: server.port,
        surroundings: surroundingsOf(clock, waits),
        ...more,
      });
      connectors.push(connector);
      return connector;
    },
    [Symbol.asyncDispose]: async () => {
      for (const connector of connectors) connector.close();
      await server[Symbol.asyncDispose]();
      await api[Symbol.asyncDispose]();
    },
  };
}

function surroundingsOf(
  clock: { readonly now: number },
  waits: number[],
): ConnectorOptions['surroundings'] & object {
  return {
    now: () => clock.now,
    random: () => 0,
    sleep: (milliseconds) => {
      waits.push(milliseconds);
      return Promise.resolve();
    },
  };
}

import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';

import { type AdminApi, type IpType, openAdminApi } from './adminApi.ts';
import { type ClientKeys, generateClientKeys } from './clientKeys.ts';
import {
  addressOf,
  type ConnectionParameters,
  fetchConnectionParameters,
} from './connectionParameters.ts';
import {
  applicationDefault,
  type Credentials,
  credentialsError,
  credentialsLate,
  LOGIN_SCOPE,
} from './credentials.ts';
import { untilAborted, withDeadline } from './deadline.ts';
import { dial, type DialTimeouts } from './dial.ts';
import { DialledStream } from './dialledStream.ts';
import { AlloydbError } from './errors.ts';
import { type InstanceUri, parseInstanceUri } from './instanceUri.ts';
import { type LazyRefresh, lazyRefresh } from './lazyRefresh.ts';
import type { AuthType } from './metadataExchange.ts';
import { realSurroundings, type Surroundings } from './surroundings.ts';

/** The longest that each phase may take; one call of the Admin API may be repeated. */
export interface ConnectorTimeouts extends DialTimeouts {
  readonly apiMilliseconds: number;
}

/** How a connector works; everything has a default. */
export interface ConnectorOptions {
  /** Whose access tokens are used. Default: the application default credentials. */
  readonly credentials?: Credentials;
  /** Origin of the Admin API, e.g. that of a private endpoint. Default `https://alloydb.googleapis.com`. */
  readonly apiEndpoint?: string;
  /** Where the instance's server listens for connectors. Default 5433. */
  readonly port?: number;
  readonly userAgent?: string;
  readonly timeouts?: Partial<ConnectorTimeouts>;
  readonly surroundings?: Partial<Surroundings>;
}

/** Which instance, which of its addresses, and who checks the login. */
export interface ConnectionOptions {
  /** `projects/P/locations/R/clusters/C/instances/I`. */
  readonly instanceUri: string;
  /** Default PRIVATE. */
  readonly ipType?: IpType;
  /** Default PASSWORD. IAM: the database user is the principal of the credentials; see `iamUser`. */
  readonly authType?: AuthType;
}

/** What `pg.Pool` and `pg.Client` take besides user and database. */
export interface DriverOptions {
  readonly stream: () => Duplex;
  /** The connection is encrypted already, whatever PGSSLMODE says. */
  readonly ssl: false;
  /** With IAM only: the access token, should the server ask for a password. */
  readonly password?: () => Promise<string>;
}

interface Instance {
  readonly uri: InstanceUri;
  readonly refresh: LazyRefresh<ConnectionParameters>;
}

const ENDPOINT = 'https://alloydb.googleapis.com';
const PORT = 5433;
const USER_AGENT = 'alloydb-nodejs-connector/0.1.0';
const TIMEOUTS: ConnectorTimeouts = {
  apiMilliseconds: 10_000,
  connectMilliseconds: 10_000,
  tlsMilliseconds: 10_000,
  exchangeMilliseconds: 30_000,
};

/** Connects to AlloyDB instances with certificates that it renews when they are needed. One serves a whole process. */
export class Connector {
  readonly #credentials: Credentials;
  readonly #port: number;
  readonly #userAgent: string;
  readonly #timeouts: ConnectorTimeouts;
  readonly #surroundings: Surroundings;
  readonly #api: AdminApi;
  readonly #closing = new AbortController();
  readonly #instances = new Map<string, Instance>();
  readonly #streams = new Set<DialledStream>();
  /** Generated from the start, while the process is busy with other things. */
  readonly #keys: Promise<ClientKeys> = generateClientKeys();

  constructor(options: ConnectorOptions = {}) {
    this.#credentials = options.credentials ?? applicationDefault();
    this.#port = options.port ?? PORT;
    this.#userAgent = options.userAgent ?? USER_AGENT;
    this.#timeouts = { ...TIMEOUTS, ...options.timeouts };
    this.#surroundings = { ...realSurroundings, ...options.surroundings };
    this.#api = openAdminApi({
      endpoint: (options.apiEndpoint ?? ENDPOINT).replace(/\/$/, ''),
      userAgent: this.#userAgent,
      credentials: this.#credentials,
      timeoutMilliseconds: this.#timeouts.apiMilliseconds,
      signal: this.#closing.signal,
      surroundings: this.#surroundings,
    });
    this.#keys.catch(() => undefined);
  }

  /** Asks for a certificate and checks that the instance has the address, so that what is wrong shows before a login. */
  async getOptions(options: ConnectionOptions): Promise<DriverOptions> {
    const { instanceUri, ipType = 'PRIVATE', authType = 'PASSWORD' } = options;
    this.#closing.signal.throwIfAborted();
    const instance = this.#instance(parseInstanceUri(instanceUri));
    addressOf(await instance.refresh.get(), ipType, instance.uri);
    return {
      stream: () =>
        this.#stream((signal) => this.#dial(instance, { instanceUri, ipType, authType }, signal)),
      ssl: false,
      ...(authType === 'IAM' ? { password: () => this.#loginToken(this.#closing.signal) } : {}),
    };
  }

  /** Ends every connection and everything under way; nothing can be connected afterwards. */
  close(): void {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(new AlloydbError('CLOSED', 'The AlloyDB connector was closed.'));
    for (const stream of this.#streams) stream.destroy();
  }

  #instance(uri: InstanceUri): Instance {
    const known = this.#instances.get(uri.instance);
    if (known !== undefined) return known;
    const refresh = lazyRefresh({
      fetch: () => fetchConnectionParameters(this.#api, uri, this.#keys),
      now: this.#surroundings.now,
      isPassing: (error) => error instanceof AlloydbError && error.code === 'API_UNAVAILABLE',
    });
    const instance = { uri, refresh };
    this.#instances.set(uri.instance, instance);
    return instance;
  }

  #stream(dialler: (signal: AbortSignal) => Promise<TLSSocket>): DialledStream {
    const stream = new DialledStream((givenUp) =>
      dialler(AbortSignal.any([this.#closing.signal, givenUp])),
    );
    this.#streams.add(stream);
    stream.once('close', () => this.#streams.delete(stream));
    return stream;
  }

  async #dial(
    { uri, refresh }: Instance,
    { ipType, authType }: Required<ConnectionOptions>,
    signal: AbortSignal,
  ): Promise<TLSSocket> {
    const parameters = await untilAborted(refresh.get(), signal);
    const address = addressOf(parameters, ipType, uri);
    const token = await this.#loginToken(signal);
    try {
      return await dial({
        parameters,
        address,
        port: this.#port,
        request: { userAgent: this.#userAgent, authType, token },
        timeouts: this.#timeouts,
        signal,
      });
    } catch (error) {
      refresh.distrust(parameters);
      throw error;
    }
  }

  #loginToken(signal: AbortSignal): Promise<string> {
    return withDeadline(
      {
        milliseconds: this.#timeouts.apiMilliseconds,
        signal,
        late: () => credentialsLate(this.#timeouts.apiMilliseconds),
      },
      () =>
        this.#credentials.accessToken(LOGIN_SCOPE).catch((error: unknown) => {
          throw credentialsError(error);
        }),
    );
  }
}

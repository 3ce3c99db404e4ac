import { apiError } from './apiError.ts';
import { API_SCOPE, type Credentials, credentialsError, credentialsLate } from './credentials.ts';
import { untilAborted, withDeadline } from './deadline.ts';
import { AlloydbError, reasonOf } from './errors.ts';
import type { InstanceUri } from './instanceUri.ts';
import type { Surroundings } from './surroundings.ts';

/** Which of its addresses an instance is reached at. */
export type IpType = 'PRIVATE' | 'PUBLIC' | 'PSC';

/** Addresses of an instance; those that it does not have are empty. */
export type Addresses = Readonly<Record<IpType, string>>;

/** A client certificate with the chain up to its authority, and the authority that the server's is verified with. */
export interface IssuedCertificate {
  readonly chain: readonly string[];
  readonly caCertificate: string;
}

/** The two calls of the Admin API that a connection takes; each is repeated when it may succeed a moment later. */
export interface AdminApi {
  addresses(uri: InstanceUri): Promise<Addresses>;
  certificate(uri: InstanceUri, publicKey: string): Promise<IssuedCertificate>;
}

type Headers = Readonly<Record<string, string>>;

/** How the Admin API is reached. */
export interface AdminApiOptions {
  readonly endpoint: string;
  readonly userAgent: string;
  readonly credentials: Credentials;
  readonly timeoutMilliseconds: number;
  /** Ends every call. */
  readonly signal: AbortSignal;
  readonly surroundings: Surroundings;
}

interface Call {
  readonly uri: InstanceUri;
  readonly path: string;
  readonly body?: object;
}

/** `v1` does not tell the DNS name for Private Service Connect. */
const VERSION = 'v1beta';

const CERTIFICATE_SECONDS = 3600;
const ATTEMPTS = 5;
const FIRST_WAIT_MILLISECONDS = 200;
const WAIT_GROWTH = 1.6;

/** Opens the Admin API; nothing is sent before the first call. */
export function openAdminApi(options: AdminApiOptions): AdminApi {
  return {
    addresses: async (uri) => {
      const answer = await send(options, { uri, path: `${uri.instance}/connectionInfo` });
      return {
        PRIVATE: textOf(answer['ipAddress']),
        PUBLIC: textOf(answer['publicIpAddress']),
        PSC: textOf(answer['pscDnsName']).replace(/\.$/, ''),
      };
    },
    certificate: async (uri, publicKey) => {
      const answer = await send(options, {
        uri,
        path: `${uri.cluster}:generateClientCertificate`,
        body: {
          publicKey,
          certDuration: `${CERTIFICATE_SECONDS.toString()}s`,
          useMetadataExchange: true,
        },
      });
      const chain = answer['pemCertificateChain'];
      return {
        chain: Array.isArray(chain) ? chain.map(textOf) : [],
        caCertificate: textOf(answer['caCert']),
      };
    },
  };
}

async function send(
  options: AdminApiOptions,
  call: Call,
): Promise<Readonly<Record<string, unknown>>> {
  const { random, sleep } = options.surroundings;
  const headers = await headersInTime(options);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await sendOnce(options, call, headers);
    } catch (error) {
      const isPassing = error instanceof AlloydbError && error.code === 'API_UNAVAILABLE';
      if (!isPassing || attempt === ATTEMPTS) throw error;
      const wait = FIRST_WAIT_MILLISECONDS * WAIT_GROWTH ** (attempt - 1) * (0.5 + random() / 2);
      await untilAborted(sleep(wait, options.signal), options.signal);
    }
  }
}

/** Asked for once: whoever gives tokens repeats by itself what may pass, which takes seconds each time. */
function headersInTime(options: AdminApiOptions): Promise<Headers> {
  const { timeoutMilliseconds: milliseconds, signal } = options;
  return withDeadline({ milliseconds, signal, late: () => credentialsLate(milliseconds) }, () =>
    headersOf(options),
  );
}

async function sendOnce(
  options: AdminApiOptions,
  { uri, path, body }: Call,
  headers: Headers,
): Promise<Readonly<Record<string, unknown>>> {
  const { timeoutMilliseconds: milliseconds, signal } = options;
  const late = (): AlloydbError => unavailable(uri, `no answer in ${milliseconds.toString()} ms`);
  return withDeadline({ milliseconds, signal, late }, async (ending) => {
    const response = await fetch(`${options.endpoint}/${VERSION}/${path}`, {
      headers,
      signal: ending,
      // A redirect would carry the token to another origin.
      redirect: 'error',
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    }).catch((error: unknown) => {
      throw unavailable(uri, reasonOf(error));
    });
    return readAnswer(response, uri);
  });
}

async function headersOf({ credentials, userAgent }: AdminApiOptions): Promise<Headers> {
  try {
    const token = await credentials.accessToken(API_SCOPE);
    const quotaProject = await credentials.quotaProject?.();
    return {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'user-agent': userAgent,
      ...(quotaProject === undefined ? {} : { 'x-goog-user-project': quotaProject }),
    };
  } catch (error) {
    throw credentialsError(error);
  }
}

async function readAnswer(
  response: Response,
  uri: InstanceUri,
): Promise<Readonly<Record<string, unknown>>> {
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw apiError(response.status, body, uri);
  if (typeof body === 'object' && body !== null) return body as Readonly<Record<string, unknown>>;
  // The connection broke in the middle of the answer, or something in between answered.
  throw unavailable(uri, 'the answer is not JSON');
}

function unavailable({ instance }: InstanceUri, reason: string): AlloydbError {
  return new AlloydbError(
    'API_UNAVAILABLE',
    `The AlloyDB API could not be asked about instance '${instance}': ${reason}.`,
  );
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

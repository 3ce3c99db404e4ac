import { LoaderError } from '../model/errors.ts';
import { crc32c } from './crc32c.ts';
import { endpointOf } from './endpoints.ts';
import { credentialsProblem, secretError } from './secretError.ts';
import type { SecretManagerServiceClient } from './secretManagerClient.ts';
import type { SecretVersionName } from './secretName.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A secret that a setting names. */
export interface NamedSecret extends SecretVersionName {
  /** The setting, for messages. */
  readonly variable: string;
}

/** Secret Manager. Throws E_GOOGLE when a later call may succeed, else E_GOOGLE_ACCESS; never with a value. */
export interface SecretApi {
  /** Resolves to what a version holds, as it was stored; what may pass is tried again for so long. */
  access(named: NamedSecret, milliseconds: number): Promise<string>;
  /** Adds a version, which is the latest one from then on; those before stay as they are. */
  add(named: NamedSecret, value: string): Promise<void>;
}

/** A token that GitLab has just made is lost when it cannot be stored. */
const ADD_MILLISECONDS = 60_000;
const CALL_MILLISECONDS = 3_000;

/** DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED, INTERNAL and UNAVAILABLE of `google.rpc.Code`. */
const PASSING_CODES = [4, 8, 10, 13, 14];

/** Opens Secret Manager; the client is loaded with the first call, and makes its own use of the default credentials. */
export function openSecretApi(environment: Environment): SecretApi {
  const clients = new Map<string, Promise<SecretManagerServiceClient>>();

  async function clientFor(named: NamedSecret): Promise<SecretManagerServiceClient> {
    const endpoint = endpointFor(named, environment);
    const opening = clients.get(endpoint) ?? openClient(endpoint, named.project);
    clients.set(endpoint, opening);
    const client = await opening;
    try {
      // Without it every call with wrong credentials leaves a rejection that nobody can catch, which ends the process.
      await client.initialize();
    } catch (error) {
      clients.delete(endpoint);
      throw credentialsProblem(error, named);
    }
    return client;
  }

  return {
    async access(named, milliseconds) {
      const client = await clientFor(named);
      const name = `${named.secret}/versions/${named.version}`;
      const [{ payload }] = await client
        .accessSecretVersion({ name }, repeated(milliseconds))
        .catch(refusalOf(named));
      const bytes = Buffer.from(payload?.data ?? '');
      requireSame(named, bytes, payload?.dataCrc32c?.toString());
      return bytes.toString();
    },
    async add(named, value) {
      const client = await clientFor(named);
      const data = Buffer.from(value);
      const payload = { data, dataCrc32c: crc32c(data) };
      await client
        .addSecretVersion({ parent: named.secret, payload }, repeated(ADD_MILLISECONDS))
        .catch(refusalOf(named));
    },
  };
}

function refusalOf(named: NamedSecret): (error: unknown) => never {
  return (error) => {
    throw secretError(error, named);
  };
}

/** A regional secret is known in its region only. */
function endpointFor({ location }: NamedSecret, environment: Environment): string {
  const endpoint = endpointOf('secretmanager', environment);
  return location !== undefined && endpoint === endpointOf('secretmanager', {})
    ? `https://secretmanager.${location}.rep.googleapis.com`
    : endpoint;
}

/** By REST, which answers as fast, is ready sooner than gRPC, and keeps no connection open. */
async function openClient(endpoint: string, project: string): Promise<SecretManagerServiceClient> {
  const library = await import('./secretManagerClient.ts');
  const { protocol, hostname, port } = new URL(endpoint);
  return new library.SecretManagerServiceClient({
    fallback: true,
    protocol: protocol.replace(':', ''),
    apiEndpoint: hostname,
    ...(port === '' ? {} : { port: Number(port) }),
    // Else the library asks gcloud and the metadata server for a project, which nothing here needs.
    projectId: project,
  });
}

function repeated(totalTimeoutMillis: number) {
  const callMillis = Math.min(CALL_MILLISECONDS, totalTimeoutMillis);
  return {
    retry: {
      retryCodes: PASSING_CODES,
      backoffSettings: {
        ...{ initialRetryDelayMillis: 100, retryDelayMultiplier: 2, maxRetryDelayMillis: 2_000 },
        ...{ initialRpcTimeoutMillis: callMillis, rpcTimeoutMultiplier: 1 },
        ...{ maxRpcTimeoutMillis: callMillis, totalTimeoutMillis },
      },
    },
  };
}

/** The client does not look at the checksum; what was garbled on the way must not pass for a refused secret. */
function requireSame(named: NamedSecret, bytes: Buffer, checksum: string | undefined): void {
  if (checksum === undefined || checksum === crc32c(bytes).toString()) return;
  throw new LoaderError(
    'E_GOOGLE',
    `${named.variable}: '${named.secret}/versions/${named.version}' arrived with a wrong checksum.`,
  );
}

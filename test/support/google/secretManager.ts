import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import { isJsonObject, type JsonObject } from '../../../functions/engine/model/json.ts';
import type { TokenOffice } from '../alloydb/tokens.ts';
import { crc32c } from './crc32c.ts';

/** One request that Secret Manager got. */
export interface SecretRequest {
  /** `access`, `addVersion`, or whatever else was asked. */
  readonly verb: string;
  /** `projects/P/secrets/S`, with its location if it is a regional one. */
  readonly secret: string;
  /** `latest` or a number; empty where the request is about the secret. */
  readonly version: string;
  readonly body: JsonObject;
}

/** What stands in for the right answer, or happens to it. */
export type SecretFault =
  | { readonly status: number; readonly message?: string }
  | { readonly wrongChecksum: true }
  /** Answers when this is settled. */
  | { readonly until: Promise<unknown> };

/** A stand-in for Secret Manager's REST API. */
export interface FakeSecretManager extends AsyncDisposable {
  /** For CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER. */
  readonly url: string;
  readonly requests: readonly SecretRequest[];
  /** Decides about the request, counted from 0; tests change it while it runs. */
  fault: (request: SecretRequest, count: number) => SecretFault | undefined;
  /** Adds a version as a person would, with the secret if there is none; returns its number. */
  add(secret: string, value: string): number;
  /** The values of a secret's versions, oldest first. */
  values(secret: string): readonly string[];
}

type Versions = Map<string, Buffer[]>;

interface Answer {
  readonly status: number;
  readonly body: object;
}

/** Starts Secret Manager on loopback; it takes only tokens of the office for `cloud-platform`. */
export async function startSecretManager(office: TokenOffice): Promise<FakeSecretManager> {
  const versions: Versions = new Map();
  const requests: SecretRequest[] = [];
  const server = createServer((request, response) => {
    void readRequest(request).then(async (asked) => {
      const fault = fake.fault(asked, requests.push(asked) - 1);
      if (fault !== undefined && 'until' in fault) await fault.until.catch(() => undefined);
      const { status, body } = isAdmitted(request, office)
        ? faulty(fault, () => answer(asked, versions))
        : refused(401, 'Request had invalid authentication credentials.');
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const fake: FakeSecretManager = {
    url: `http://127.0.0.1:${port.toString()}`,
    requests,
    fault: () => undefined,
    add: (secret, value) => store(versions, secret, Buffer.from(value)),
    values: (secret) => (versions.get(secret) ?? []).map((value) => value.toString()),
    [Symbol.asyncDispose]: async () => {
      if (!server.listening) return;
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
  return fake;
}

/** A fault for the first requests: `times(2, { status: 503 })`. */
export function times(count: number, fault: SecretFault): FakeSecretManager['fault'] {
  let left = count;
  return () => {
    left -= 1;
    return left < 0 ? undefined : fault;
  };
}

const PATH =
  /^\/v1\/(?<secret>projects\/[^/]+(?:\/locations\/[^/]+)?\/secrets\/[^/:?]+)(?:\/versions\/(?<version>[^/:?]+))?(?::(?<verb>\w+))?/;

async function readRequest(request: IncomingMessage): Promise<SecretRequest> {
  const found = PATH.exec(request.url ?? '')?.groups ?? {};
  const asked = { verb: request.method ?? '', secret: '', version: '', ...defined(found) };
  const parsed: unknown = JSON.parse((await text(request)) || '{}');
  return { ...asked, body: isJsonObject(parsed) ? parsed : {} };
}

function defined(groups: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const entries = Object.entries(groups);
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function isAdmitted({ headers }: IncomingMessage, office: TokenOffice): boolean {
  const token = (headers.authorization ?? '').replace('Bearer ', '');
  return office.scopeOf(token)?.endsWith('/cloud-platform') === true;
}

function faulty(fault: SecretFault | undefined, right: () => Answer): Answer {
  if (fault === undefined || 'until' in fault) return right();
  if ('status' in fault) return refused(fault.status, fault.message ?? 'injected');
  const { status, body } = right();
  const { payload } = body as { readonly payload?: object };
  return { status, body: { ...body, payload: { ...payload, dataCrc32c: '1' } } };
}

function answer({ verb, secret, version, body }: SecretRequest, versions: Versions): Answer {
  const known = versions.get(secret);
  if (known === undefined) return refused(404, `Secret [${secret}] not found or has no versions.`);
  if (verb === 'addVersion') return added(body, secret, versions);
  if (verb !== 'access') return refused(501, `The fake cannot '${verb}'.`);
  const number = version === 'latest' ? known.length : Number(version);
  const value = known[number - 1];
  if (value === undefined)
    return refused(404, `Secret Version [${secret}/versions/${version}] not found.`);
  const payload = { data: value.toString('base64'), dataCrc32c: crc32c(value).toString() };
  return { status: 200, body: { name: `${secret}/versions/${number.toString()}`, payload } };
}

function added({ payload }: JsonObject, secret: string, versions: Versions): Answer {
  const { data, dataCrc32c } = (payload ?? {}) as { data?: string; dataCrc32c?: string | number };
  const value = Buffer.from(data ?? '', 'base64');
  if (dataCrc32c !== undefined && Number(dataCrc32c) !== crc32c(value))
    return refused(400, 'The checksum does not match the payload.');
  const number = store(versions, secret, value);
  return { status: 200, body: { name: `${secret}/versions/${number.toString()}` } };
}

function store(versions: Versions, secret: string, value: Buffer): number {
  const known = versions.get(secret) ?? [];
  versions.set(secret, known);
  return known.push(value);
}

const STATUS_WORDS: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  503: 'UNAVAILABLE',
};

function refused(status: number, message: string): Answer {
  const words = STATUS_WORDS[status] ?? 'INTERNAL';
  return { status, body: { error: { code: status, message, status: words } } };
}

import { createPublicKey } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import { type Authority, issueCertificate } from './certificates.ts';
import type { TokenOffice } from './tokens.ts';

/** One call that the API got. */
export interface ApiCall {
  readonly method: string;
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** An answer that stands in for the right one; `hang` never answers. */
export type ApiFault =
  { readonly status: number; readonly body?: unknown } | { readonly hang: true };

/** The two authorities of a cluster. */
export interface ClusterAuthorities {
  readonly server: Authority;
  readonly client: Authority;
}

/** What the API knows; tests change it while it runs. */
export interface ApiState {
  addresses: Readonly<Record<string, string>>;
  /** The authorities whose certificates the API gives out. */
  authorities: ClusterAuthorities;
  /** When the next client certificates expire. */
  expiresAt: () => Date;
  /** The fault of a call, counted from 0 over both kinds. */
  fault: (call: ApiCall, count: number) => ApiFault | undefined;
}

/** A stand-in for the Admin API of one instance. */
export interface AdminServer extends AsyncDisposable {
  readonly url: string;
  readonly calls: readonly ApiCall[];
}

const INSTANCE = /^\/v1beta\/projects\/[^/]+\/locations\/[^/]+\/clusters\/[^/:]+/;

/** Starts the API on loopback; it takes only tokens of the office that may call it. */
export async function startAdminServer(state: ApiState, office: TokenOffice): Promise<AdminServer> {
  const calls: ApiCall[] = [];
  const server = createServer((request, response) => {
    void readCall(request).then((call) => {
      calls.push(call);
      const fault = state.fault(call, calls.length - 1);
      if (fault !== undefined && 'hang' in fault) return;
      const { status, body } = fault ?? answer(call, state, office);
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(typeof body === 'string' ? body : JSON.stringify(body ?? {}));
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port.toString()}`,
    calls,
    [Symbol.asyncDispose]: async () => {
      if (!server.listening) return;
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}

async function readCall(request: IncomingMessage): Promise<ApiCall> {
  const body = await text(request);
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    headers: request.headers,
    body: body === '' ? {} : (JSON.parse(body) as Readonly<Record<string, unknown>>),
  };
}

function answer(
  { method, path, headers, body }: ApiCall,
  { addresses, authorities, expiresAt }: ApiState,
  office: TokenOffice,
): { readonly status: number; readonly body?: unknown } {
  const token = String(headers['authorization']).replace('Bearer ', '');
  if (!office.scopeOf(token)?.endsWith('/cloud-platform')) return { status: 401 };
  const rest = path.replace(INSTANCE, '');
  if (method === 'GET' && /^\/instances\/[^/]+\/connectionInfo$/.test(rest))
    return { status: 200, body: addresses };
  if (method !== 'POST' || rest !== ':generateClientCertificate') return { status: 404 };
  const { server, client } = authorities;
  const own = issueCertificate(
    {
      name: 'alloydb-client',
      publicKey: createPublicKey(String(body['publicKey'])),
      use: 'client',
      expiresAt: expiresAt(),
    },
    client,
  );
  return {
    status: 200,
    body: { pemCertificateChain: [own, client.certificate], caCert: server.certificate },
  };
}

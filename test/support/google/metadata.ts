import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { openTokenOffice, type TokenOffice } from '../alloydb/tokens.ts';

/** A stand-in for the metadata server of Google Cloud, which gives a service its tokens. */
export interface MetadataServer extends AsyncDisposable {
  /** `127.0.0.1:port`. */
  readonly host: string;
  /** What is answered with instead of a token, for as long as it is set. */
  readonly state: { status?: number };
  /** Remembers the scope of every access token. */
  readonly office: TokenOffice;
  /** The scope or the audience of every token that was asked for, in order. */
  readonly asked: readonly string[];
  /** What a process needs so that Google's own libraries come here, and to no credentials of the machine. */
  readonly environment: Readonly<Record<string, string>>;
}

/** What a service has that names no scope. */
const DEFAULT_SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

/** Starts a metadata server on loopback, whose tokens the office knows. */
export async function startMetadataServer(office = openTokenOffice()): Promise<MetadataServer> {
  const asked: string[] = [];
  const state: MetadataServer['state'] = {};
  const server = createServer((request, response) => {
    response.setHeader('metadata-flavor', 'Google');
    if (request.headers['metadata-flavor'] === 'Google')
      void answer(request, response, { office, asked, state });
    else response.writeHead(403).end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const host = `127.0.0.1:${port.toString()}`;
  return {
    ...{ host, office, asked, state },
    environment: {
      GCE_METADATA_HOST: host,
      METADATA_SERVER_DETECTION: 'assume-present',
      GOOGLE_APPLICATION_CREDENTIALS: '',
      HOME: '/nonexistent',
      // Without it Google's library asks gcloud first, which takes a second where it is installed.
      GOOGLE_CLOUD_PROJECT: 'acme',
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { office, asked, state }: Pick<MetadataServer, 'office' | 'state'> & { readonly asked: string[] },
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://metadata');
  if (pathname.endsWith('/default/token')) {
    const scope = searchParams.get('scopes') ?? DEFAULT_SCOPE;
    asked.push(scope);
    if (state.status !== undefined) {
      response.writeHead(state.status).end('canary');
      return;
    }
    const token = await office.credentials.accessToken(scope);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ access_token: token, expires_in: 3599, token_type: 'Bearer' }));
  } else if (pathname.endsWith('/default/identity')) {
    const audience = searchParams.get('audience') ?? '';
    asked.push(audience);
    response.end(unsignedIdentity(audience));
  } else response.end(pathname.endsWith('/universe-domain') ? 'googleapis.com' : 'acme');
}

/** An identity token that nobody has signed. */
function unsignedIdentity(audience: string): string {
  const part = (json: object): string => Buffer.from(JSON.stringify(json)).toString('base64url');
  const expiry = Math.floor(Date.now() / 1000) + 3600;
  return `${part({ alg: 'none' })}.${part({ aud: audience, exp: expiry })}.canary`;
}

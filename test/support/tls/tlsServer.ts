import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { type RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';

import { type Authority, issueCertificate, makeAuthority } from '../alloydb/certificates.ts';

/** A certificate with its key, as PEM. */
export interface Identity {
  readonly certificate: string;
  readonly key: string;
}

/** An HTTPS server on 127.0.0.1 with a certificate of a private authority. */
export interface TlsServer extends AsyncDisposable {
  readonly port: number;
  /** The address by number. */
  readonly url: string;
  readonly authority: Authority;
}

const HOUR_MILLISECONDS = 3_600_000;

/** A client certificate of the authority. */
export function clientIdentity(authority: Authority): Identity {
  return identity(authority, { use: 'client', expiresAt: inHours(1) });
}

/** Starts a server for 127.0.0.1 and `gitlab.test`; with `clients` it wants a certificate of that authority. */
export async function startTlsServer(
  listener: RequestListener,
  {
    clients,
    expiresAt = inHours(24 * 365),
  }: { readonly clients?: Authority; readonly expiresAt?: Date } = {},
): Promise<TlsServer> {
  const authority = makeAuthority('Private Authority');
  const { certificate, key } = identity(authority, { use: 'server', expiresAt });
  const server = createServer(
    {
      cert: certificate,
      key,
      ...(clients === undefined
        ? {}
        : { ca: clients.certificate, requestCert: true, rejectUnauthorized: true }),
    },
    listener,
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `https://127.0.0.1:${port.toString()}`,
    authority,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function identity(
  authority: Authority,
  { use, expiresAt }: { readonly use: 'server' | 'client'; readonly expiresAt: Date },
): Identity {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const addresses = use === 'server' ? ['127.0.0.1', 'gitlab.test'] : [];
  const subject = { name: `a ${use}`, publicKey, use, addresses, expiresAt };
  return {
    certificate: issueCertificate(subject, authority),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function inHours(hours: number): Date {
  return new Date(Date.now() + hours * HOUR_MILLISECONDS);
}

import { isIP } from 'node:net';
import { connect, type PeerCertificate, rootCertificates } from 'node:tls';

import { guardedLookup } from './addresses.ts';
import type { GitlabAddress } from './baseUrl.ts';

/** The certificate that a server showed. */
export interface ServerCertificate {
  readonly subject: string;
  readonly issuer: string;
  /** Names of the authorities above it, the nearest first. */
  readonly chain: readonly string[];
  readonly expiresAt: Date;
}

/** What the connection proves and trusts, as PEM. */
export interface PeerOptions {
  readonly caCertificate: string | undefined;
  readonly clientCertificate: { readonly certificate: string; readonly key: string } | undefined;
}

const TIMEOUT_MILLISECONDS = 10_000;
const LONGEST_CHAIN = 10;

/** Connects once and sends nothing; undefined without TLS, or when the server does not answer. */
export function readServerCertificate(
  { origin, authority }: GitlabAddress,
  { caCertificate, clientCertificate }: PeerOptions,
): Promise<ServerCertificate | undefined> {
  const { protocol, hostname } = new URL(origin);
  if (protocol !== 'https:') return Promise.resolve(undefined);
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port: Number(authority.slice(authority.lastIndexOf(':') + 1)),
      lookup: guardedLookup(),
      timeout: TIMEOUT_MILLISECONDS,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(caCertificate === undefined ? {} : { ca: [...rootCertificates, caCertificate] }),
      ...(clientCertificate === undefined
        ? {}
        : { cert: clientCertificate.certificate, key: clientCertificate.key }),
    });
    const end = (found: ServerCertificate | undefined): void => {
      socket.destroy();
      resolve(found);
    };
    socket.on('secureConnect', () => {
      end(described(socket.getPeerCertificate(true)));
    });
    socket.on('timeout', () => {
      end(undefined);
    });
    socket.on('error', () => {
      end(undefined);
    });
  });
}

/** A certificate with the one above it; that of a root is its own. */
interface Link extends PeerCertificate {
  readonly issuerCertificate?: Link;
}

function described(peer: Link): ServerCertificate {
  const chain: string[] = [];
  let above: Link | undefined = peer;
  while (above !== undefined && chain.length < LONGEST_CHAIN) {
    chain.push(nameOf(above.issuer));
    const next: Link | undefined = above.issuerCertificate;
    above = next === above ? undefined : next;
  }
  return {
    subject: nameOf(peer.subject),
    issuer: nameOf(peer.issuer),
    chain: [...new Set(chain)],
    expiresAt: new Date(peer.valid_to),
  };
}

function nameOf({ CN, O }: PeerCertificate['subject']): string {
  const [name] = [CN, O].flat().filter((part) => typeof part === 'string' && part !== '');
  return name ?? 'unnamed';
}

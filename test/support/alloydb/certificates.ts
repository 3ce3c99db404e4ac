import {
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';
import { isIP } from 'node:net';

import {
  bitString,
  generalizedTime,
  integer,
  isTrue,
  objectId,
  octetString,
  sequence,
  set,
  tagged,
  utf8String,
} from './der.ts';

/** Signs certificates. */
export interface Authority {
  readonly name: string;
  readonly key: KeyObject;
  readonly certificate: string;
}

/** Whose certificate it is, and what for. */
export interface Subject {
  readonly name: string;
  readonly publicKey: KeyObject;
  readonly use: 'authority' | 'server' | 'client';
  /** IPv4 addresses and host names. */
  readonly addresses?: readonly string[];
  readonly expiresAt: Date;
}

const ECDSA_SHA256 = sequence(objectId('1.2.840.10045.4.3.2'));
const COMMON_NAME = objectId('2.5.4.3');
const BASIC_CONSTRAINTS = objectId('2.5.29.19');
const EXTENDED_KEY_USAGE = objectId('2.5.29.37');
const SUBJECT_ALTERNATIVE_NAME = objectId('2.5.29.17');
const PURPOSES = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' } as const;
const HOUR_MILLISECONDS = 3_600_000;

/** Makes an authority below another one, or below itself. */
export function makeAuthority(name: string, above?: Authority): Authority {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const expiresAt = new Date(Date.now() + HOUR_MILLISECONDS);
  const issuer = above ?? { name, key: privateKey };
  const certificate = issueCertificate({ name, publicKey, use: 'authority', expiresAt }, issuer);
  return { name, key: privateKey, certificate };
}

/** Issues a certificate that is valid since an hour ago, as PEM. */
export function issueCertificate(
  subject: Subject,
  issuer: Pick<Authority, 'name' | 'key'>,
): string {
  const since = new Date(Math.min(Date.now(), subject.expiresAt.getTime()) - HOUR_MILLISECONDS);
  const content = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    // An encoding that begins with zeros would not be the shortest one.
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ECDSA_SHA256,
    commonName(issuer.name),
    sequence(generalizedTime(since), generalizedTime(subject.expiresAt)),
    commonName(subject.name),
    subject.publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...extensionsOf(subject))),
  );
  const signature = bitString(sign('sha256', content, issuer.key));
  return new X509Certificate(sequence(content, ECDSA_SHA256, signature)).toString();
}

function commonName(name: string): Buffer {
  return sequence(set(sequence(COMMON_NAME, utf8String(name))));
}

function extensionsOf({ use, addresses = [] }: Subject): readonly Buffer[] {
  if (use === 'authority')
    return [sequence(BASIC_CONSTRAINTS, isTrue, octetString(sequence(isTrue)))];
  const purpose = sequence(EXTENDED_KEY_USAGE, octetString(sequence(objectId(PURPOSES[use]))));
  if (addresses.length === 0) return [purpose];
  const names = octetString(sequence(...addresses.map(alternativeName)));
  return [purpose, sequence(SUBJECT_ALTERNATIVE_NAME, names)];
}

function alternativeName(address: string): Buffer {
  if (isIP(address) === 0) return tagged(0x82, Buffer.from(address));
  return tagged(0x87, Buffer.from(address.split('.').map(Number)));
}

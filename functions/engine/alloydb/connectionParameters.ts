import { X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';

import type { Addresses, AdminApi, IpType, IssuedCertificate } from './adminApi.ts';
import type { ClientKeys } from './clientKeys.ts';
import { AlloydbError } from './errors.ts';
import type { InstanceUri } from './instanceUri.ts';
import type { Expiring } from './lazyRefresh.ts';

/** All that a connection to an instance takes, good until the client certificate expires. */
export interface ConnectionParameters extends Expiring {
  readonly addresses: Addresses;
  /** The client certificate with its key, and the only authority that a server may have its certificate from. */
  readonly secureContext: SecureContext;
}

/** Asks the Admin API for addresses and a certificate, both at once. */
export async function fetchConnectionParameters(
  api: AdminApi,
  uri: InstanceUri,
  keys: Promise<ClientKeys>,
): Promise<ConnectionParameters> {
  const [addresses, { certificate, privateKey }] = await Promise.all([
    api.addresses(uri),
    keys.then(async ({ publicKey, privateKey }) => {
      return { privateKey, certificate: await api.certificate(uri, publicKey) };
    }),
  ]);
  return { addresses, ...secured(certificate, privateKey, uri) };
}

/** The address of the type; throws NO_ADDRESS with those that the instance has. */
export function addressOf(
  { addresses }: ConnectionParameters,
  ipType: IpType,
  { instance }: InstanceUri,
): string {
  if (addresses[ipType] !== '') return addresses[ipType];
  const others = Object.entries(addresses).filter(([, address]) => address !== '');
  const known = others.length === 0 ? 'none' : others.map(([type]) => type).join(' and ');
  throw new AlloydbError(
    'NO_ADDRESS',
    `AlloyDB instance '${instance}' has no ${ipType} address; it has ${known}.`,
  );
}

function secured(
  { chain, caCertificate }: IssuedCertificate,
  privateKey: string,
  { instance }: InstanceUri,
): Pick<ConnectionParameters, 'secureContext' | 'expiresAt'> {
  try {
    const [own = ''] = chain;
    // Without an authority Node would trust those of every web site.
    if (caCertificate === '') throw new Error('no authority');
    return {
      expiresAt: Date.parse(new X509Certificate(own).validTo),
      secureContext: createSecureContext({
        key: privateKey,
        cert: chain.join('\n'),
        ca: caCertificate,
        minVersion: 'TLSv1.3',
      }),
    };
  } catch {
    throw new AlloydbError(
      'API_ANSWER',
      `The AlloyDB API answered with certificates for instance '${instance}' that cannot be used.`,
    );
  }
}

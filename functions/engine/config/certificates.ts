import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';

import { LoaderError } from '../model/errors.ts';
import type { Secret } from './secret.ts';
import type { CertificateSecrets } from './settings.ts';

/** What the connections to GitLab trust and prove, as PEM. */
export interface Certificates {
  readonly caCertificate: string | undefined;
  readonly clientCertificate: { readonly certificate: string; readonly key: string } | undefined;
}

/** Reads the certificates that the settings name; throws E_CONFIG that names the first which cannot be used. */
export async function readCertificates({
  certificates,
}: {
  readonly certificates: CertificateSecrets;
}): Promise<Certificates> {
  const { ca, clientCertificate, clientKey } = certificates;
  const caCertificate = await ca?.();
  if (ca !== undefined && caCertificate !== undefined) certificateOf(ca, caCertificate);
  if (clientCertificate === undefined || clientKey === undefined)
    return { caCertificate, clientCertificate: undefined };
  const certificate = await clientCertificate();
  const key = await clientKey();
  const owner = certificateOf(clientCertificate, certificate);
  if (!owner.checkPrivateKey(keyOf(clientKey, key))) {
    throw new LoaderError(
      'E_CONFIG',
      `${clientKey.place} is not the key of the certificate in ${clientCertificate.place}.`,
    );
  }
  return { caCertificate, clientCertificate: { certificate, key } };
}

function certificateOf({ place }: Secret, pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new LoaderError('E_CONFIG', `${place} holds no certificate; expected PEM.`);
  }
}

function keyOf({ place }: Secret, pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new LoaderError(
      'E_CONFIG',
      `${place} holds no private key that can be read; expected PEM without a passphrase.`,
    );
  }
}

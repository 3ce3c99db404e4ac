import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import { LoaderError } from '../model/errors.ts';
import type { PlainSettings } from './settings.ts';

/** What the connections to GitLab trust and prove, as PEM. */
export interface Certificates {
  readonly caCertificate: string | undefined;
  readonly clientCertificate: { readonly certificate: string; readonly key: string } | undefined;
}

type CertificateFiles = Pick<
  PlainSettings,
  'gitlabCaFile' | 'gitlabClientCertFile' | 'gitlabClientKeyFile'
>;

/** Reads the files that the settings name; throws E_CONFIG that names the first which cannot be used. */
export async function readCertificates(settings: CertificateFiles): Promise<Certificates> {
  const { gitlabCaFile, gitlabClientCertFile, gitlabClientKeyFile } = settings;
  const ca = gitlabCaFile === '' ? undefined : await readPem('GITLAB_CA_FILE', gitlabCaFile);
  if (ca !== undefined) certificateOf('GITLAB_CA_FILE', gitlabCaFile, ca);
  if (gitlabClientCertFile === '') return { caCertificate: ca, clientCertificate: undefined };
  const certificate = await readPem('GITLAB_CLIENT_CERT_FILE', gitlabClientCertFile);
  const key = await readPem('GITLAB_CLIENT_KEY_FILE', gitlabClientKeyFile);
  const owner = certificateOf('GITLAB_CLIENT_CERT_FILE', gitlabClientCertFile, certificate);
  if (!owner.checkPrivateKey(keyOf(gitlabClientKeyFile, key))) {
    throw new LoaderError(
      'E_CONFIG',
      `GITLAB_CLIENT_KEY_FILE: the key in '${gitlabClientKeyFile}' is not that of the certificate in '${gitlabClientCertFile}'.`,
    );
  }
  return { caCertificate: ca, clientCertificate: { certificate, key } };
}

async function readPem(variable: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw wrongFile(variable, file, `cannot be read (${code})`);
  }
}

function certificateOf(variable: string, file: string, pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw wrongFile(variable, file, 'holds no certificate; expected PEM');
  }
}

function keyOf(file: string, pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw wrongFile(
      'GITLAB_CLIENT_KEY_FILE',
      file,
      'holds no private key that can be read; expected PEM without a passphrase',
    );
  }
}

function wrongFile(variable: string, file: string, problem: string): LoaderError {
  return new LoaderError('E_CONFIG', `${variable}: the file '${file}' ${problem}.`);
}

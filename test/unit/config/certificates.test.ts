import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { readCertificates } from '../../../functions/engine/config/certificates.ts';
import { loadSettings } from '../../../functions/engine/config/loadSettings.ts';
import { makeAuthority } from '../../support/alloydb/certificates.ts';
import { clientIdentity } from '../../support/tls/tlsServer.ts';

const authority = makeAuthority('Private Authority');
const own = clientIdentity(authority);
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'certificates-'));
  const files = {
    'ca.pem': authority.certificate,
    'cert.pem': own.certificate,
    'key.pem': own.key,
    'other.pem': clientIdentity(authority).key,
    'text.pem': 'canary-no-pem',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
});

afterAll(() => {
  rmSync(directory, { recursive: true });
});

async function read(ca: string, certificate: string, key: string) {
  const at = (name: string): string => (name === '' ? '' : join(directory, name));
  const settings = await loadSettings({
    GITLAB_TOKEN: 'x',
    DATABASE_URL: 'postgres://h/d',
    GITLAB_CA_FILE: at(ca),
    GITLAB_CLIENT_CERT_FILE: at(certificate),
    GITLAB_CLIENT_KEY_FILE: at(key),
  });
  return readCertificates(settings);
}

describe('readCertificates', () => {
  test('reads what is named and nothing else', async () => {
    expect(await read('ca.pem', 'cert.pem', 'key.pem')).toEqual({
      caCertificate: authority.certificate.trim(),
      clientCertificate: { certificate: own.certificate.trim(), key: own.key.trim() },
    });
    expect(await read('', '', '')).toEqual({});
  });

  test.each([
    { files: ['text.pem', '', ''], sentence: /GITLAB_CA_FILE: .*holds no certificate/ },
    {
      files: ['', 'text.pem', 'key.pem'],
      sentence: /GITLAB_CLIENT_CERT_FILE: .*holds no certificate/,
    },
    { files: ['', 'cert.pem', 'text.pem'], sentence: /GITLAB_CLIENT_KEY_FILE: .*no private key/ },
    { files: ['', 'cert.pem', 'none.pem'], sentence: /GITLAB_CLIENT_KEY_FILE: .*\(ENOENT\)/ },
    {
      files: ['', 'cert.pem', 'other.pem'],
      sentence: /GITLAB_CLIENT_KEY_FILE: .*is not the key of the certificate/,
    },
  ])(
    '$files is refused in a sentence',
    async ({ files: [ca = '', cert = '', key = ''], sentence }) => {
      const error: unknown = await read(ca, cert, key).catch((reason: unknown) => reason);

      expect(error).toMatchObject({ code: 'E_CONFIG' });
      expect((error as Error).message).toMatch(sentence);
      expect((error as Error).message).not.toContain('canary');
    },
  );
});

test.each([
  { set: 'GITLAB_CLIENT_CERT', missing: 'GITLAB_CLIENT_KEY' },
  { set: 'GITLAB_CLIENT_KEY', missing: 'GITLAB_CLIENT_CERT' },
])('$set without $missing is refused', async ({ set, missing }) => {
  const environment = {
    GITLAB_TOKEN: 'x',
    DATABASE_URL: 'postgres://h/d',
    [`${set}_FILE`]: '/some/file',
  };

  await expect(loadSettings(environment)).rejects.toThrow(`${set} is set without ${missing}`);
});

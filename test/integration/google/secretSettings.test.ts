import { describe, expect, test } from 'vitest';

import { readCertificates } from '../../../functions/engine/config/certificates.ts';
import { loadSettings } from '../../../functions/engine/config/loadSettings.ts';
import { makeAuthority } from '../../support/alloydb/certificates.ts';
import type { FakeGoogle } from '../../support/google/fakeGoogle.ts';
import { useGoogle } from '../../support/google/secretRig.ts';
import { clientIdentity } from '../../support/tls/tlsServer.ts';

let google: FakeGoogle;

useGoogle((opened) => {
  google = opened;
});

/** An environment whose every secret is in Secret Manager. */
function environmentOf(values: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const names = Object.entries(values).map(([name, value]) => {
    const secret = `projects/acme/secrets/${name}`;
    google.secrets.add(secret, value);
    return [`${name}_SECRET`, secret];
  });
  return { ...google.environment, ...(Object.fromEntries(names) as Record<string, string>) };
}

const GOOD = { GITLAB_TOKEN: 'canary-token', DATABASE_URL: 'postgres://a:canary@h/d' };

describe('settings whose secrets are in Secret Manager', () => {
  test('ask for each once in a process, whose invocations all hand over its environment', async () => {
    const environment = environmentOf(GOOD);

    for (let invocation = 0; invocation < 3; invocation += 1) {
      const { gitlabToken, databaseUrl } = await loadSettings(environment);
      expect([await gitlabToken(), databaseUrl]).toEqual(Object.values(GOOD));
    }

    expect(google.secrets.requests).toHaveLength(2);
  });

  test('may be the certificates too', async () => {
    const authority = makeAuthority('Private Authority');
    const { certificate, key } = clientIdentity(authority);
    const certificates = {
      GITLAB_CA: authority.certificate,
      GITLAB_CLIENT_CERT: certificate,
      GITLAB_CLIENT_KEY: key,
    };

    const read = await readCertificates(
      await loadSettings(environmentOf({ ...GOOD, ...certificates })),
    );

    expect(read).toEqual({
      caCertificate: authority.certificate.trim(),
      clientCertificate: { certificate: certificate.trim(), key: key.trim() },
    });
  });

  test.each([
    {
      name: 'GITLAB_CA',
      value: 'canary',
      sentence:
        /^GITLAB_CA_SECRET: the secret 'projects\/acme\/secrets\/GITLAB_CA' holds no certificate; expected PEM\.$/,
    },
    {
      name: 'GITLAB_TOKEN',
      value: ' ',
      sentence:
        /^GITLAB_TOKEN_SECRET: the secret 'projects\/acme\/secrets\/GITLAB_TOKEN' is empty\.$/,
    },
    { name: 'DATABASE_URL', value: 'mysql://canary', sentence: /DATABASE_URL: expected postgres:/ },
  ])(
    'name $name when it holds nothing of use, and do not show it',
    async ({ name, value, sentence }) => {
      const environment = environmentOf({ ...GOOD, [name]: value });

      const error: unknown = await loadSettings(environment)
        .then((settings) => Promise.all([readCertificates(settings), settings.gitlabToken()]))
        .catch((reason: unknown) => reason);

      expect(error).toMatchObject({ code: 'E_CONFIG' });
      expect((error as Error).message).toMatch(sentence);
    },
  );
});

import { describe, expect, test, vi } from 'vitest';

import { ERRORS, type LoaderError } from '../../../functions/engine/model/errors.ts';
import type { FakeGoogle } from '../../support/google/fakeGoogle.ts';
import { times } from '../../support/google/secretManager.ts';
import { LATEST, openSecrets, SECRET, useGoogle } from '../../support/google/secretRig.ts';

let google: FakeGoogle;

useGoogle((opened) => {
  google = opened;
});

/** The error of a read that must fail; it never shows a value. */
async function failure(reading: Promise<unknown>): Promise<LoaderError> {
  const error: unknown = await reading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(JSON.stringify([error, (error as Error).message, (error as Error).cause])).not.toMatch(
    /canary|Y2FuYXJ5/,
  );
  return error as LoaderError;
}

describe('a secret that cannot be read', () => {
  test.each([
    {
      name: 'no right',
      fault: { status: 403, message: "Permission 'secretmanager.versions.access' denied." },
      code: 'E_GOOGLE_ACCESS',
      sentence: `GITLAB_TOKEN_SECRET: Secret Manager refused '${SECRET}/versions/latest' (PERMISSION_DENIED): Permission 'secretmanager.versions.access' denied.`,
    },
    {
      name: 'Secret Manager is away',
      fault: { status: 503, message: 'canary' },
      code: 'E_GOOGLE',
      sentence: `GITLAB_TOKEN_SECRET: Secret Manager does not give '${SECRET}/versions/latest' at the moment (no whole answer).`,
    },
    {
      name: 'a wrong checksum',
      fault: { wrongChecksum: true },
      code: 'E_GOOGLE',
      sentence: `GITLAB_TOKEN_SECRET: '${SECRET}/versions/latest' arrived with a wrong checksum.`,
    },
    {
      name: 'no credentials that count',
      fault: { status: 401 },
      code: 'E_GOOGLE',
      sentence: `GITLAB_TOKEN_SECRET: Secret Manager does not give '${SECRET}/versions/latest' at the moment (status 401).`,
    },
  ] as const)('$name is $code', async ({ fault, code, sentence }) => {
    google.secrets.add(SECRET, 'canary-1');
    google.secrets.fault = () => fault;

    // Only of an answer that never comes right is the end waited for.
    const isAway = 'status' in fault && fault.status === 503;
    const patience = isAway ? { accessMilliseconds: 300 } : {};
    const error = await failure(openSecrets(google, patience).read(LATEST));

    expect(error).toMatchObject({ code, message: sentence });
  });

  test('is named when there is none of the name', async () => {
    const error = await failure(openSecrets(google).read(LATEST));

    expect(error).toMatchObject({
      code: 'E_GOOGLE_ACCESS',
      message: expect.stringMatching(
        `^GITLAB_TOKEN_SECRET: .*'${SECRET}/versions/latest' \\(NOT_FOUND\\): .*not found`,
      ) as string,
    });
    expect([ERRORS.E_GOOGLE.kind, ERRORS.E_GOOGLE_ACCESS.kind]).toEqual(['transient', 'operator']);
  });

  test('is told as such where no credentials are', async () => {
    google.secrets.add(SECRET, 'canary-1');
    const manager = openSecrets(google);
    vi.stubEnv('METADATA_SERVER_DETECTION', 'none');
    const error = await failure(manager.read(LATEST));
    vi.stubEnv('METADATA_SERVER_DETECTION', 'assume-present');

    expect(error).toMatchObject({
      code: 'E_GOOGLE_ACCESS',
      message: `GITLAB_TOKEN_SECRET: no credentials of Google Cloud could be found to read '${SECRET}/versions/latest'.`,
    });
    expect(await manager.read(LATEST)).toBe('canary-1');
  });

  test('passes when it was only for a moment', async () => {
    google.secrets.add(SECRET, 'canary-1');
    const manager = openSecrets(google);
    google.secrets.fault = times(1, { wrongChecksum: true });
    await failure(manager.read(LATEST));

    expect(await manager.read(LATEST)).toBe('canary-1');
  });
});

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { findTokenStore } from '../../../functions/engine/config/findTokenStore.ts';
import { loadSettings } from '../../../functions/engine/config/loadSettings.ts';
import { type RotatedToken, rotateToken } from '../../../functions/engine/run/rotateToken.ts';
import { type FakeGoogle, startFakeGoogle } from '../../support/google/fakeGoogle.ts';
import { type RotatingGitlab, startRotatingGitlab } from '../../support/rotatingGitlab.ts';

const SECRET = 'projects/acme/secrets/gitlab-token';

let google: FakeGoogle;
let gitlab: RotatingGitlab & AsyncDisposable;

beforeEach(async () => {
  google = await startFakeGoogle();
  for (const [name, value] of Object.entries(google.environment)) vi.stubEnv(name, value);
  gitlab = await startRotatingGitlab();
  google.secrets.add(SECRET, 'canary-0');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await gitlab[Symbol.asyncDispose]();
  await google[Symbol.asyncDispose]();
});

async function rotate(): Promise<RotatedToken> {
  const environment = {
    ...google.environment,
    GITLAB_BASE_URL: gitlab.url,
    GITLAB_TOKEN_SECRET: SECRET,
    DATABASE_URL: 'postgres://nobody@127.0.0.1/none',
  };
  const { signal } = new AbortController();
  const store = findTokenStore(environment);
  const now = (): number => Date.UTC(2026, 2, 1, 12);
  const entrance = { signal, now, random: () => 0, store, days: undefined };
  return rotateToken(await loadSettings(environment), entrance);
}

/** The error of a rotation that must fail; it never shows a token. */
async function failure(): Promise<Error> {
  const error: unknown = await rotate().catch((reason: unknown) => reason);
  expect((error as Error).message).not.toContain('canary');
  return error as Error;
}

describe('rotateToken with a token in Secret Manager', () => {
  test('adds the new token as the latest version, after it has shown that it may add one', async () => {
    const rotated = await rotate();

    expect(rotated).toMatchObject({ user: 'ada', place: `the secret '${SECRET}'` });
    expect(google.secrets.values(SECRET)).toEqual(['canary-0', 'canary-0', gitlab.token()]);
    expect(new Set(google.secrets.requests.map(({ verb }) => verb))).toEqual(
      new Set(['access', 'addVersion']),
    );
  });

  test('asks GitLab for nothing when it may not add a version', async () => {
    google.secrets.fault = ({ verb }) => (verb === 'addVersion' ? { status: 403 } : undefined);

    expect(await failure()).toMatchObject({
      code: 'E_GOOGLE_ACCESS',
      message: expect.stringContaining(`'${SECRET}/versions/latest' (PERMISSION_DENIED)`) as string,
    });
    expect(gitlab.rotations).toEqual([]);
    expect(google.secrets.values(SECRET)).toEqual(['canary-0']);
  });

  test('stores the new token also when Secret Manager is away for a moment', async () => {
    google.secrets.fault = (_, count) => (count === 2 ? { status: 503 } : undefined);

    await rotate();

    expect(google.secrets.requests.map(({ verb }) => verb)).toEqual([
      'access',
      ...['addVersion', 'addVersion', 'addVersion'],
    ]);
    expect(google.secrets.values(SECRET).at(-1)).toBe(gitlab.token());
  });
});

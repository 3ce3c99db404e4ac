import { afterEach, beforeEach, vi } from 'vitest';

import type { NamedSecret } from '../../../functions/engine/google/secretApi.ts';
import {
  openSecretManager,
  type Patience,
  type SecretManager,
} from '../../../functions/engine/google/secretManager.ts';
import { parseSecretName } from '../../../functions/engine/google/secretName.ts';
import { type FakeGoogle, startFakeGoogle } from './fakeGoogle.ts';

/** The secret of the tests. */
export const SECRET = 'projects/acme/secrets/gitlab-token';
/** Its latest version. */
export const LATEST = named(SECRET);

const HOUR = 3_600_000;

/** The name as a setting has it. */
export function named(name: string): NamedSecret {
  const parsed = parseSecretName(name);
  if (parsed === undefined) throw new Error(`no name: ${name}`);
  return { ...parsed, variable: 'GITLAB_TOKEN_SECRET' };
}

/** Gives each test of a file a Google of its own, whose credentials this process has meanwhile. */
export function useGoogle(take: (google: FakeGoogle) => void): void {
  let google: FakeGoogle | undefined;
  beforeEach(async () => {
    google = await startFakeGoogle();
    for (const [name, value] of Object.entries(google.environment)) vi.stubEnv(name, value);
    take(google);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await google?.[Symbol.asyncDispose]();
  });
}

/** Waits for nothing but what a test wants. */
export function openSecrets(google: FakeGoogle, patience: Partial<Patience> = {}): SecretManager {
  return openSecretManager(google.environment, {
    ...{ believedMilliseconds: HOUR, awayMilliseconds: HOUR, secondLookMilliseconds: 0 },
    ...{ accessMilliseconds: 20_000, refreshMilliseconds: 20_000 },
    ...patience,
  });
}

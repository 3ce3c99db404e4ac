import { describe, expect, test } from 'vitest';

import { findTokenStore } from '../../../functions/engine/config/findTokenStore.ts';
import { loadSettings } from '../../../functions/engine/config/loadSettings.ts';
import { findSecret } from '../../../functions/engine/config/secrets.ts';
import type { Environment } from '../../../functions/engine/config/settings.ts';
import { crc32c } from '../../../functions/engine/google/crc32c.ts';
import { parseSecretName } from '../../../functions/engine/google/secretName.ts';

const NAME = 'projects/acme/secrets/token';

/** The problems that the secret of an environment has. */
function problemsOf(environment: Environment, name = 'WEBHOOK_TOKENS'): readonly string[] {
  const problems: string[] = [];
  findSecret(environment, name, problems);
  return problems;
}

describe('findSecret', () => {
  test('finds none where none is set, in an empty text neither', () => {
    expect(findSecret({ WEBHOOK_TOKENS_SECRET: ' ' }, 'WEBHOOK_TOKENS', [])).toBeUndefined();
  });

  test.each([
    { set: ['', '_FILE'], sentence: 'X and X_FILE are both set; expected one of them' },
    {
      set: ['_FILE', '_SECRET'],
      sentence: 'X_FILE and X_SECRET are both set; expected one of them',
    },
    {
      set: ['', '_FILE', '_SECRET'],
      sentence: 'X, X_FILE and X_SECRET are all set; expected one of them',
    },
  ])('takes one of the three forms only, not $set', ({ set, sentence }) => {
    const environment = Object.fromEntries(set.map((end) => [`X${end}`, NAME]));

    expect(problemsOf(environment, 'X')).toEqual([sentence]);
  });

  test('tells the form that is expected of a resource name, and not what was given: it may be the secret', () => {
    expect(problemsOf({ WEBHOOK_TOKENS_SECRET: 'glpat-canary' })).toEqual([
      'WEBHOOK_TOKENS_SECRET: expected projects/P/secrets/S or projects/P/locations/L/secrets/S, with or without /versions/V',
    ]);
  });

  test.each([
    { variable: 'X', place: 'X' },
    { variable: 'X_FILE', place: `X_FILE: the file '${NAME}'` },
    { variable: 'X_SECRET', place: `X_SECRET: the secret '${NAME}'` },
  ])('says where $variable is', ({ variable, place }) => {
    expect(findSecret({ [variable]: NAME }, 'X', [])?.place).toBe(place);
  });
});

describe('the name of a secret', () => {
  test.each([
    ['projects/acme/secrets/s', 'projects/acme/secrets/s', undefined, 'latest'],
    ['projects/acme/secrets/s/versions/12', 'projects/acme/secrets/s', undefined, '12'],
    [
      'projects/example.com:acme/secrets/s',
      'projects/example.com:acme/secrets/s',
      undefined,
      'latest',
    ],
    ['projects/1/secrets/s-_S/versions/prod', 'projects/1/secrets/s-_S', undefined, 'prod'],
    [
      'projects/acme/locations/europe-west1/secrets/s/versions/latest',
      'projects/acme/locations/europe-west1/secrets/s',
      'europe-west1',
      'latest',
    ],
  ])('%s', (name, secret, location, version) => {
    expect(parseSecretName(name)).toMatchObject({ secret, location, version });
  });

  test.each([
    'token',
    'projects/acme/secrets/',
    'projects/acme/secrets/s/versions/',
    'projects/acme/secrets/s/versions/1/x',
    'projects/acme/secrets/a/b',
    'projects/acme/secrets/s?x',
    'https://secretmanager.googleapis.com/v1/projects/acme/secrets/s',
  ])('is not %s', (name) => {
    expect(parseSecretName(name)).toBeUndefined();
  });
});

describe('loadSettings', () => {
  test.each([
    {
      changes: { GITLAB_TOKEN: '', GITLAB_TOKEN_SECRET: 'x', CONCURRENCY: '0' },
      words: ['CONCURRENCY: expected', 'GITLAB_TOKEN_SECRET: expected projects/P'],
    },
    {
      changes: { DATABASE_URL: '', DATABASE_URL_SECRET: 'x', CONCURRENCY: '0' },
      words: ['CONCURRENCY: expected', 'DATABASE_URL_SECRET: expected projects/P'],
    },
    {
      changes: { DB_USER: 'loader' },
      words: [
        'DB_USER is set beside DATABASE_URL, which says that itself; expected it with ALLOYDB_INSTANCE only',
      ],
    },
    {
      changes: { DB_PASSWORD_SECRET: NAME },
      words: ['DB_PASSWORD_SECRET is set beside DATABASE_URL'],
    },
  ])('refuses $changes', async ({ changes, words }) => {
    const environment = { GITLAB_TOKEN: 'x', DATABASE_URL: 'postgres://h/d', ...changes };

    const error: unknown = await loadSettings(environment).catch((reason: unknown) => reason);

    expect(error).toMatchObject({ code: 'E_CONFIG' });
    for (const word of words) expect((error as Error).message).toContain(word);
  });
});

describe('findTokenStore', () => {
  test.each([
    { environment: { GITLAB_TOKEN: 'canary' }, sentence: /could not be stored in the environment/ },
    {
      environment: { GITLAB_TOKEN_SECRET: `${NAME}/versions/3` },
      sentence: /names version 3, so a new one would not be read/,
    },
    { environment: { GITLAB_TOKEN_SECRET: 'canary' }, sentence: /expected projects\/P/ },
  ])('has none for $environment', ({ environment, sentence }) => {
    expect(() => findTokenStore(environment)).toThrow(sentence);
  });
});

test('the checksum is CRC32C', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
});

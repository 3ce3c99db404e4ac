import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import {
  loadDatabaseSettings,
  loadSettings,
} from '../../../functions/engine/config/loadSettings.ts';
import type { Environment } from '../../../functions/engine/config/settings.ts';

const TOKEN = 'glpat-0123456789abcdef';
const DATABASE = 'postgres://loader:hunter2@127.0.0.1:5432/db';
const GOOD = { GITLAB_TOKEN: TOKEN, DATABASE_URL: DATABASE };

/** The message that an environment is refused with. */
async function refusal(environment: Environment): Promise<string> {
  const error: unknown = await loadSettings(environment).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'E_CONFIG' });
  return (error as Error).message;
}

describe('loadSettings', () => {
  test('has a default for everything but the two secrets', async () => {
    expect(await loadSettings(GOOD)).toMatchObject({
      gitlabBaseUrl: 'https://gitlab.com',
      gitlabScope: '',
      databaseUrl: DATABASE,
      dataset: 'gitlab_data',
      timeBudgetSeconds: 0,
      leaseSeconds: 60,
      concurrency: 8,
      overlapMinutes: 10,
      maxTableNesting: 2,
      secretFields: 'hash',
      logFormat: 'auto',
    });
  });

  test.each([
    {
      variable: 'GITLAB_BASE_URL',
      text: ' https://git.example/root ',
      field: 'gitlabBaseUrl',
      value: 'https://git.example/root',
    },
    { variable: 'DATASET', text: 'raw_1', field: 'dataset', value: 'raw_1' },
    { variable: 'TIME_BUDGET_SECONDS', text: '540', field: 'timeBudgetSeconds', value: 540 },
    { variable: 'CONCURRENCY', text: '64', field: 'concurrency', value: 64 },
    { variable: 'MAX_TABLE_NESTING', text: 'none', field: 'maxTableNesting', value: 'none' },
    { variable: 'MAX_TABLE_NESTING', text: '0', field: 'maxTableNesting', value: 0 },
    { variable: 'SECRET_FIELDS', text: 'plain', field: 'secretFields', value: 'plain' },
    { variable: 'LOG_FORMAT', text: 'json', field: 'logFormat', value: 'json' },
    {
      variable: 'DICTIONARY_TABLES',
      text: 'main:users, ci:builds',
      field: 'dictionaryTables',
      value: [
        ['main', 'users'],
        ['ci', 'builds'],
      ],
    },
    { variable: 'OVERLAP_MINUTES', text: '0', field: 'overlapMinutes', value: 0 },
    { variable: 'CONCURRENCY', text: '', field: 'concurrency', value: 8 },
  ])('reads $variable=$text', async ({ variable, text, field, value }) => {
    const settings = await loadSettings({ ...GOOD, [variable]: text });

    expect(settings).toMatchObject({ [field]: value });
  });

  test.each([
    ['GITLAB_BASE_URL', 'gitlab.com'],
    ['GITLAB_BASE_URL', 'ftp://gitlab.com'],
    ['DATASET', 'Has-Capitals'],
    ['DATASET', 'pg_catalog'],
    ['DATASET', 'x'.repeat(58)],
    ['TIME_BUDGET_SECONDS', '2'],
    ['LEASE_SECONDS', '4'],
    ['OVERLAP_MINUTES', '-1'],
    ['CONCURRENCY', '0'],
    ['CONCURRENCY', '65'],
    ['CONCURRENCY', '1e1'],
    ['CONCURRENCY', '-1'],
    ['MAX_TABLE_NESTING', '-1'],
    ['MAX_TABLE_NESTING', 'all'],
    ['DICTIONARY_TABLES', 'users'],
    ['DICTIONARY_TABLES', 'main:users,'],
    ['SECRET_FIELDS', 'show'],
    ['LOG_FORMAT', 'xml'],
  ])('refuses %s=%s and says what it expects', async (variable, text) => {
    const message = await refusal({ ...GOOD, [variable]: text });

    expect(message).toMatch(new RegExp(`${variable}: expected .+, got '${text}'`));
  });

  test('names every problem in one error', async () => {
    const message = await refusal({ CONCURRENCY: 'many', LEASE_SECONDS: 'long' });

    for (const name of ['GITLAB_TOKEN', 'DATABASE_URL', 'CONCURRENCY', 'LEASE_SECONDS'])
      expect(message).toContain(name);
    expect(message).not.toContain('\n');
  });

  test.each([
    { GITLAB_BASE_URL: 'ftp://me:hunter2@gitlab.com' },
    { GITLAB_BASE_URL: `ftp://gitlab.com/?private_token=${TOKEN}` },
    { DATABASE_URL: 'mysql://loader:hunter2@127.0.0.1/db' },
    { CONCURRENCY: TOKEN },
    { GITLAB_TOKEN_FILE: '/run/token' },
  ])('never repeats a secret: %o', async (changes) => {
    const message = await refusal({ ...GOOD, ...changes });

    expect(message).not.toContain('hunter2');
    expect(message).not.toContain(TOKEN);
  });
});

describe('loadDatabaseSettings', () => {
  test('needs no token', async () => {
    expect(await loadDatabaseSettings({ DATABASE_URL: DATABASE })).toEqual({
      databaseUrl: DATABASE,
      dataset: 'gitlab_data',
    });
  });

  test('needs a database', async () => {
    await expect(loadDatabaseSettings({})).rejects.toMatchObject({ code: 'E_CONFIG' });
  });
});

describe('an AlloyDB instance', () => {
  const INSTANCE = 'projects/acme/locations/r/clusters/c/instances/i';
  const ALLOYDB = {
    ALLOYDB_INSTANCE: INSTANCE,
    DB_USER: 'loader@acme.iam',
    DB_NAME: 'warehouse',
  };

  test('stands in for the URL, at its private address and with IAM', async () => {
    expect(await loadDatabaseSettings(ALLOYDB)).toEqual({
      dataset: 'gitlab_data',
      alloydb: {
        instanceUri: INSTANCE,
        ipType: 'PRIVATE',
        user: 'loader@acme.iam',
        database: 'warehouse',
        password: undefined,
        apiEndpoint: 'https://alloydb.googleapis.com',
      },
    });
  });

  test.each(['psc', 'PSC', 'Psc'])('is reached at the address %s', async (word) => {
    const { alloydb } = await loadDatabaseSettings({ ...ALLOYDB, ALLOYDB_IP_TYPE: word });

    expect(alloydb?.ipType).toBe('PSC');
  });

  test('takes its password as the other secrets', async () => {
    const { alloydb } = await loadDatabaseSettings({ ...ALLOYDB, DB_PASSWORD: 'hunter2' });

    expect(await alloydb?.password?.()).toBe('hunter2');
  });

  test.each([
    {
      changes: { DATABASE_URL: DATABASE },
      problem: 'DATABASE_URL and ALLOYDB_INSTANCE are both set; expected one of them',
    },
    {
      changes: { ALLOYDB_INSTANCE: 'acme:r:c:i' },
      problem:
        "ALLOYDB_INSTANCE: expected projects/P/locations/R/clusters/C/instances/I, got 'acme:r:c:i'",
    },
    {
      changes: { ALLOYDB_INSTANCE: 'projects/P/locations/r/clusters/c/instances/i', DB_NAME: '' },
      problem:
        "ALLOYDB_INSTANCE: expected projects/P/locations/R/clusters/C/instances/I, got 'projects/P/locations/r/clusters/c/instances/i'; DB_NAME is not set, which ALLOYDB_INSTANCE needs",
    },
    {
      changes: { ALLOYDB_IP_TYPE: 'vpn' },
      problem: "ALLOYDB_IP_TYPE: expected private, public or psc, got 'vpn'",
    },
    { changes: { DB_USER: '' }, problem: 'DB_USER is not set, which ALLOYDB_INSTANCE needs' },
    { changes: { DB_NAME: '' }, problem: 'DB_NAME is not set, which ALLOYDB_INSTANCE needs' },
    {
      changes: { DB_PASSWORD: 'hunter2', DB_PASSWORD_FILE: '/run/password' },
      problem: 'DB_PASSWORD and DB_PASSWORD_FILE are both set; expected one of them',
    },
  ])('is refused with $changes', async ({ changes, problem }) => {
    const message = await refusal({ GITLAB_TOKEN: TOKEN, ...ALLOYDB, ...changes });

    expect(message).toBe(`Invalid configuration: ${problem}.`);
  });
});

describe('a secret in a file', () => {
  let folder: string;
  let file: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'settings-'));
    file = join(folder, 'token');
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  test('is read anew with each call, without the line break at its end', async () => {
    writeFileSync(file, 'first\n');
    const { gitlabToken } = await loadSettings({ DATABASE_URL: DATABASE, GITLAB_TOKEN_FILE: file });
    const first = await gitlabToken();
    writeFileSync(file, 'second\r\n');

    expect([first, await gitlabToken()]).toEqual(['first', 'second']);
  });

  test('may be the database URL', async () => {
    writeFileSync(file, `${DATABASE}\n`);

    const settings = await loadSettings({ GITLAB_TOKEN: TOKEN, DATABASE_URL_FILE: file });

    expect(settings.databaseUrl).toBe(DATABASE);
  });

  test.each([
    { name: 'is missing', path: 'nowhere', content: undefined, problem: 'ENOENT' },
    { name: 'is empty', path: 'empty', content: ' \n', problem: 'is empty' },
  ])('that $name is refused with its path', async ({ path, content, problem }) => {
    const wrong = join(folder, path);
    if (content !== undefined) writeFileSync(wrong, content);
    const { gitlabToken } = await loadSettings({
      DATABASE_URL: DATABASE,
      GITLAB_TOKEN_FILE: wrong,
    });

    await expect(gitlabToken()).rejects.toMatchObject({ code: 'E_CONFIG' });
    await expect(gitlabToken()).rejects.toThrow(problem);
    await expect(gitlabToken()).rejects.toThrow(wrong);
  });

  test('that is set beside the variable is refused', async () => {
    writeFileSync(file, TOKEN);

    expect(await refusal({ ...GOOD, GITLAB_TOKEN_FILE: file })).toContain('GITLAB_TOKEN_FILE');
  });
});

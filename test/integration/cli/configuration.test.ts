import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type CliResult, runCli, sharedBundle, source } from '../../support/cli.ts';
import { type SimulatedGitlab, startGitlab } from '../../support/gitlab/server.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';
import { expectRefusal } from './expectRefusal.ts';

const bundle = sharedBundle();
let gitlab: SimulatedGitlab;
let database: TestDatabase;

beforeAll(async () => {
  gitlab = await startGitlab({ projects: 3, jobs: 20, branches: 10, users: 5, alerts: 2 });
  database = await createDatabase();
});

afterAll(async () => {
  await gitlab.close();
  await database.drop();
});

/** Runs the bundle with everything set right but for what the test changes. */
function runWith(
  more: Readonly<Record<string, string>>,
  argv: readonly string[] = ['run'],
): Promise<CliResult> {
  const { GITLAB_TOKEN = gitlab.adminToken, ...rest } = more;
  const token: Record<string, string> = GITLAB_TOKEN === '' ? {} : { GITLAB_TOKEN };
  return runCli(bundle, argv, {
    GITLAB_BASE_URL: gitlab.url,
    DATABASE_URL: database.url,
    ...token,
    ...rest,
  });
}

describe('wrong settings', () => {
  test('nothing set: both that are needed are named', async () => {
    const result = await runCli(bundle, ['run'], {});

    expectRefusal(result, {
      exitCode: 78,
      sentence: /GITLAB_TOKEN is not set.*DATABASE_URL is not set/,
    });
  });

  test('the source names what is missing as soon as anything is set', async () => {
    const result = await runCli(source, ['run'], { GITLAB_BASE_URL: gitlab.url });

    expectRefusal(result, {
      exitCode: 78,
      sentence: /GITLAB_TOKEN is not set.*DATABASE_URL is not set/,
    });
  });

  test('several are named in one sentence, with their values', async () => {
    const result = await runWith({
      GITLAB_BASE_URL: 'ftp://canary-user:canary-password@gitlab.example',
      DATASET: 'Bad-Name',
      CONCURRENCY: 'many',
      LEASE_SECONDS: '1',
      TIME_BUDGET_SECONDS: '2.5',
      LOG_FORMAT: 'xml',
    });

    const values = ["'Bad-Name'", "'2.5'", "'1'", "'many'", "'xml'"];
    expectRefusal(result, {
      exitCode: 78,
      sentence: new RegExp(`GITLAB_BASE_URL.*${values.join('.*')}`),
    });
  });

  test.each([
    { setting: { GITLAB_SCOPE: 'acme/[' }, sentence: /GITLAB_SCOPE: 'acme\/\['/ },
    { setting: { RESOURCES: 'jobs,jbos' }, sentence: /RESOURCES: 'jbos' matches no resource/ },
    { setting: { GITLAB_SCOPE: 'acme//web' }, sentence: /GITLAB_SCOPE: 'acme\/\/web'/ },
    {
      setting: { GITLAB_TOKEN: '', GITLAB_TOKEN_FILE: '/nowhere/token' },
      sentence: /GITLAB_TOKEN_FILE: the file '\/nowhere\/token' cannot be read/,
    },
    {
      setting: { GITLAB_TOKEN_FILE: '/nowhere/token' },
      sentence: /GITLAB_TOKEN and GITLAB_TOKEN_FILE are both set/,
    },
    {
      setting: { GITLAB_CA_FILE: '/nowhere/ca.pem' },
      sentence: /GITLAB_CA_FILE: the file '\/nowhere\/ca.pem' cannot be read/,
    },
    {
      setting: { DATABASE_URL: 'mysql://u:canary@h/d' },
      sentence: /DATABASE_URL: expected postgres:/,
    },
  ])('$setting ends with 78', async ({ setting, sentence }) => {
    expectRefusal(await runWith(setting), { exitCode: 78, sentence: sentence });
  });
});

describe('wrong usage', () => {
  test.each([
    { argv: ['run', '--family', 'jobz'], sentence: /no family named 'jobz'/ },
    { argv: ['run', '--resource', 'jobz'], sentence: /no resource named 'jobz'/ },
    { argv: ['run', '--jobz'], sentence: /unknown option '--jobz'/i },
    { argv: ['run', '--family'], sentence: /'--family <name>' argument missing/ },
    { argv: ['run', 'jobz'], sentence: /too many arguments .*jobz/i },
    { argv: ['jobz'], sentence: /unknown command 'jobz'/i },
    { argv: ['serve', '--port', '99999'], sentence: /--port: .*'99999'/ },
    { argv: ['serve', '--port', 'x'], sentence: /--port: .*'x'/ },
  ])('$argv ends with 78', async ({ argv, sentence }) => {
    expectRefusal(await runWith({}, argv), { exitCode: 78, sentence: sentence });
  });

  test('a partition that does not exist ends with 78', async () => {
    const argv = ['run', '--resource', 'jobs', '--partition', '987654321'];

    expectRefusal(await runWith({}, argv), { exitCode: 78, sentence: /'987654321'/ });
  });

  test('without a command the help is shown and nothing is started', async () => {
    const result = await runWith({}, []);

    expect(result.stdout + result.stderr).toContain('Usage: gitlab-alloydb');
    expect(result.exitCode).toBe(78);
  });
});

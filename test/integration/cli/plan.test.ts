import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type CliResult, eventsOf, runCli, sharedBundle, startCli } from '../../support/cli.ts';
import { type SimulatedGitlab, startGitlab } from '../../support/gitlab/server.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';
import { startRotatingGitlab } from '../../support/rotatingGitlab.ts';
import { expectRefusal } from './expectRefusal.ts';

const bundle = sharedBundle();
let gitlab: SimulatedGitlab;
let database: TestDatabase;

beforeAll(async () => {
  gitlab = await startGitlab({ projects: 3, jobs: 5, branches: 5, users: 5, alerts: 2 });
  database = await createDatabase();
});

afterAll(async () => {
  await gitlab.close();
  await database.drop();
});

function command(
  argv: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<CliResult> {
  return runCli(bundle, argv, {
    GITLAB_BASE_URL: gitlab.url,
    GITLAB_TOKEN: gitlab.adminToken,
    DATABASE_URL: database.url,
    ...more,
  });
}

describe('plan', () => {
  test('is one JSON line for programs and a table for people', async () => {
    const argv = ['plan', '--family', 'branches', '--resource', 'jobs'];
    const json = await command(argv);
    const text = await command(argv, { LOG_FORMAT: 'pretty' });

    expect(json).toMatchObject({ exitCode: 0, stderr: '' });
    expect(eventsOf(json)).toMatchObject([
      {
        ...{ event: 'plan', dataset: 'gitlab_data', from: 'samples' },
        resources: ['projects', 'branches', 'jobs'].map(
          (resource) => expect.objectContaining({ resource }) as unknown,
        ),
      },
    ]);
    expect(text).toMatchObject({ exitCode: 0, stderr: '' });
    expect(text.stdout).toMatch(/branches +│ +3 │/);
    expect(text.stdout).toMatch(/About \d+ s, with 8 at a time/);
    const status = await runCli(bundle, ['status', '--json'], { DATABASE_URL: database.url });
    expect(eventsOf(status)).toMatchObject([{ runs: [], resources: [] }]);
  });

  test('a resource that does not exist ends with 78', async () => {
    const result = await command(['plan', '--resource', 'jobz']);

    expectRefusal(result, { exitCode: 78, sentence: /no resource named 'jobz'/ });
  });
});

describe('rotate-token', () => {
  test('a token of the environment ends with 78', async () => {
    const result = await command(['rotate-token']);

    expectRefusal(result, {
      exitCode: 78,
      sentence: /neither GITLAB_TOKEN_FILE nor GITLAB_TOKEN_SECRET is set/,
    });
  });

  test('killed while GitLab works, it leaves the old token, and stops until a person has looked', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'rotate-cli-'));
    const file = join(directory, 'token');
    writeFileSync(file, 'canary-0\n', { mode: 0o600 });
    let tell = (): void => undefined;
    const reached = new Promise<void>((resolve) => {
      tell = resolve;
    });
    await using rotating = await startRotatingGitlab({
      answer: () => {
        tell();
      },
    });
    const settings = {
      GITLAB_BASE_URL: rotating.url,
      GITLAB_TOKEN_FILE: file,
      DATABASE_URL: database.url,
    };

    const running = startCli(bundle, ['rotate-token'], settings);
    await reached;
    running.child.kill('SIGKILL');
    await running.ended;
    const next = await runCli(bundle, ['rotate-token'], settings);
    const content = readFileSync(file, 'utf8');
    rmSync(directory, { recursive: true });

    expect(content).toBe('canary-0\n');
    expectRefusal(next, { exitCode: 78, sentence: /killed before GitLab answered/ });
    expect(rotating.rotations).toHaveLength(1);
  });
});

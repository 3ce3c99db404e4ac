import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { runCli, sharedBundle } from '../../support/cli.ts';
import { type SimulatedGitlab, startGitlab } from '../../support/gitlab/server.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';
import { EVERY_RUN, SEED_RESOURCES } from '../../support/seedResources.ts';
import { differences, heldPartitions } from './dataset.ts';

const TERMINAL = join(import.meta.dirname, 'terminal.py');
const CONTROL_C = '\u0003';
const bundle = sharedBundle();
const hasPython = spawnSync('python3', ['-c', 'import pty']).status === 0;
let gitlab: SimulatedGitlab;
let database: TestDatabase;

beforeAll(async () => {
  gitlab = await startGitlab({
    ...{ projects: 6, jobs: 200, branches: 40, users: 15, alerts: 6 },
    latencyMilliseconds: 40,
  });
  database = await createDatabase();
});

afterAll(async () => {
  await gitlab.close();
  await database.drop();
});

function settings(): Readonly<Record<string, string>> {
  return {
    GITLAB_BASE_URL: gitlab.url,
    GITLAB_TOKEN: gitlab.adminToken,
    DATABASE_URL: database.url,
    LEASE_SECONDS: '5',
    RESOURCES: SEED_RESOURCES,
    ...EVERY_RUN,
  };
}

interface Shown {
  readonly exitCode: unknown;
  /** Everything that was written, without colours and movements. */
  readonly text: string;
}

/** Runs the bundle on a terminal; `typeAt` presses Ctrl-C once that text was shown. */
async function onTerminal(
  argv: readonly string[],
  { typeAt, columns = '100' }: { readonly typeAt?: string; readonly columns?: string } = {},
): Promise<Shown> {
  const child = spawn('python3', [TERMINAL, columns, process.execPath, bundle.program, ...argv], {
    env: { PATH: process.env['PATH'], TERM: 'xterm-256color', ...settings() },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let text = '';
  let isTyped = false;
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += stripVTControlCharacters(part);
    if (isTyped || typeAt === undefined || !text.includes(typeAt)) return;
    isTyped = true;
    child.stdin.write(CONTROL_C);
  });
  const [exitCode] = (await once(child, 'close')) as [unknown];
  return { exitCode, text };
}

describe.skipIf(!hasPython)('on a terminal', () => {
  test('Ctrl-C gives back what the run holds and ends with 75', async () => {
    // The run cannot end before the key is read.
    gitlab.faults.add({ match: { path: /\/jobs\b/ }, respond: 'hang' });
    onTestFinished(gitlab.faults.clear);
    const { exitCode, text } = await onTerminal(['run', '--all'], { typeAt: '1/23 resources' });

    expect(await heldPartitions(database.url)).toEqual([]);
    expect(exitCode).toBe(75);
    expect(text).toContain('suspended');
  });

  test('a run on a terminal that does not say how wide it is ends, and shows its table', async () => {
    const { exitCode, text } = await onTerminal(['run', '--resource', 'metadata'], {
      columns: '0',
    });

    expect(exitCode).toBe(0);
    expect(text).toMatch(/metadata +│ +1 │/);
  });

  test('a run shows a bar and a table, no JSON', async () => {
    const { exitCode, text } = await onTerminal(['run', '--all']);

    expect(exitCode).toBe(0);
    expect(text).toContain('done after');
    expect(text).toMatch(/jobs +│ +200 │/);
    expect(text).not.toContain('{"');
    expect(await differences(database.url, gitlab)).toEqual([]);
  });

  test('LOG_FORMAT=json keeps JSON lines, and off a terminal pretty shows the table', async () => {
    const pretty = { ...settings(), LOG_FORMAT: 'pretty' };

    const { stdout, exitCode } = await runCli(bundle, ['run', '--resource', 'metadata'], pretty);

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/metadata │ +1 │/);
  });
});

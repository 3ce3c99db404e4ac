import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { sharedBundle } from '../../support/cli.ts';
import { startFunction } from '../../support/functionProcess.ts';

const DIST = dirname(sharedBundle().program);
const FILES = ['server.cjs', 'framework.cjs', 'index.cjs', 'google-auth.cjs', 'secret-manager.cjs'];

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'server-'));
  for (const file of FILES) cpSync(join(DIST, file), join(folder, file));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** The answer of a function of the folder to a question about its health, and to a call without settings. */
async function answers(): Promise<readonly [number, unknown]> {
  await using jobs = await startFunction('jobs', {}, [join(folder, 'server.cjs')]);
  const { status } = await fetch(jobs.url);
  return [status, (await jobs.post('{}')).body];
}

describe('server.cjs', () => {
  test('is built with what V8 compiled of every file that it reads', () => {
    const compiled = FILES.slice(1).map((file) => `${file}.cache`);

    expect(compiled.filter((file) => !existsSync(join(DIST, file)))).toEqual([]);
  });

  test('serves the same whether anything is compiled, compiled by another V8, or damaged', async () => {
    const sentence: unknown = expect.stringContaining('GITLAB_TOKEN is not set');
    const refused = [200, { code: 'E_CONFIG', message: sentence }];
    expect(await answers()).toEqual(refused);

    const kept = join(folder, 'index.cjs.cache');
    writeFileSync(kept, 'of another V8');
    expect(await answers()).toEqual(refused);

    const { status } = spawnSync(process.execPath, [join(folder, 'server.cjs'), '--compile'], {
      env: {},
    });
    expect(status).toBe(0);
    expect(statSync(kept).size).toBeGreaterThan(100_000);
    expect(await answers()).toEqual(refused);
  });

  test.each([
    ['', {}],
    ['job', { FUNCTION_TARGET: 'job' }],
  ])("does not serve '%s', which is no function", (target, env) => {
    const { status, stderr } = spawnSync(process.execPath, [join(folder, 'server.cjs')], {
      env,
      encoding: 'utf8',
    });

    expect(status).toBe(78);
    expect(stderr).toMatch(
      new RegExp(
        `^FUNCTION_TARGET is '${target}'; expected one of .*jobs.*receive, webhooks\\.\n$`,
      ),
    );
  });
});

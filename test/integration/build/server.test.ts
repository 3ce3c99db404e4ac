import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
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

/** How a server ends that serves nobody. */
function started(env: Readonly<Record<string, string>>) {
  const { status, stderr } = spawnSync(process.execPath, [join(folder, 'server.cjs')], {
    env,
    encoding: 'utf8',
    timeout: 20_000,
  });
  return { status, stderr };
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

  test('never runs what was compiled of another file, though it is as long', async () => {
    const file = join(folder, 'index.cjs');
    const source = readFileSync(file, 'utf8');
    cpSync(join(DIST, 'index.cjs.cache'), `${file}.cache`);
    writeFileSync(
      file,
      source.replace('Functions are called with POST.', 'FUNCTIONS are called.'.padEnd(31)),
    );

    await using jobs = await startFunction('jobs', {}, [join(folder, 'server.cjs')]);
    const answer: unknown = await (await fetch(jobs.url, { method: 'PUT' })).json();

    expect(readFileSync(file, 'utf8')).toHaveLength(source.length);
    expect(answer).toEqual({ message: 'FUNCTIONS are called.'.padEnd(31) });
  });

  test.each(['abc', '65536', '-1'])("says that PORT '%s' is none", (port) => {
    expect(started({ FUNCTION_TARGET: 'jobs', PORT: port })).toEqual({
      status: 78,
      stderr: `PORT is '${port}'; expected an integer from 0 to 65535.\n`,
    });
  });

  test('says in one sentence that its port is taken', async () => {
    await using other = createServer().listen(0);
    await once(other, 'listening');
    const port = (other.address() as AddressInfo).port.toString();

    expect(started({ FUNCTION_TARGET: 'jobs', PORT: port })).toEqual({
      status: 78,
      stderr: `PORT ${port} cannot be used (EADDRINUSE).\n`,
    });
  });

  test.each([
    ['', {}],
    ['job', { FUNCTION_TARGET: 'job' }],
  ])("does not serve '%s', which is no function", (target, env) => {
    const { status, stderr } = started(env);

    expect(status).toBe(78);
    expect(stderr).toMatch(
      new RegExp(
        `^FUNCTION_TARGET is '${target}'; expected one of .*jobs.*receive, webhooks\\.\n$`,
      ),
    );
  });
});

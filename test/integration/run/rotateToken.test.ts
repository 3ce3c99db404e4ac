import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { findTokenStore } from '../../../functions/engine/config/findTokenStore.ts';
import { loadSettings } from '../../../functions/engine/config/loadSettings.ts';
import { type RotatedToken, rotateToken } from '../../../functions/engine/run/rotateToken.ts';
import {
  type RotatingGitlab,
  type RotatingOptions,
  startRotatingGitlab,
} from '../../support/rotatingGitlab.ts';
import { sendJson } from '../extract/tinyServer.ts';

const NOW = Date.UTC(2026, 2, 1, 12);
let directory: string;
let file: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rotate-'));
  file = join(directory, 'token');
  writeFileSync(file, 'canary-0\n', { mode: 0o640 });
  chmodSync(file, 0o640);
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

async function rotate(
  { url }: Pick<RotatingGitlab, 'url'>,
  { tokenFile = file, days }: { readonly tokenFile?: string; readonly days?: number } = {},
): Promise<RotatedToken> {
  const environment = {
    GITLAB_BASE_URL: url,
    GITLAB_TOKEN_FILE: tokenFile,
    DATABASE_URL: 'postgres://nobody@127.0.0.1/none',
  };
  const { signal } = new AbortController();
  const store = findTokenStore(environment);
  const entrance = { signal, now: () => NOW, random: () => 0, store, days };
  return rotateToken(await loadSettings(environment), entrance);
}

/** The message of a rotation that must fail; it never shows a token. */
async function failure(gitlab: Pick<RotatingGitlab, 'url'>): Promise<string> {
  const error: unknown = await rotate(gitlab).catch((reason: unknown) => reason);
  const { message } = error as Error;
  expect(message).not.toContain('canary');
  return message;
}

function stored(): string {
  return readFileSync(file, 'utf8').trim();
}

function withAnswer(answer: RotatingOptions['answer']): RotatingOptions {
  return answer === undefined ? {} : { answer };
}

describe('rotateToken', () => {
  test('stores the new token in the place of the old one, with its mode, for as long as that one', async () => {
    await using gitlab = await startRotatingGitlab();

    const rotated = await rotate(gitlab);

    expect(rotated).toMatchObject({ user: 'ada', expires: '2027-01-01', finishedEarlier: false });
    expect(stored()).toBe(gitlab.token());
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(existsSync(`${file}.next`)).toBe(false);
    expect(gitlab.rotations).toEqual([
      { path: '/personal_access_tokens/self/rotate', body: { expires_at: '2026-05-30' } },
    ]);
  });

  test('takes the days that were asked for, and the path of a bot', async () => {
    await using gitlab = await startRotatingGitlab({ username: 'group_7_bot_aa' });

    await rotate(gitlab, { days: 10 });

    expect(gitlab.rotations).toEqual([
      { path: '/groups/7/access_tokens/self/rotate', body: { expires_at: '2026-03-11' } },
    ]);
  });

  test('a link to the file stays a link', async () => {
    await using gitlab = await startRotatingGitlab();
    const link = join(directory, 'link');
    symlinkSync(file, link);

    await rotate(gitlab, { tokenFile: link });

    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(stored()).toBe('canary-1');
  });

  test('a token that may not replace itself is not tried', async () => {
    await using gitlab = await startRotatingGitlab({ scopes: ['read_api'] });

    expect(await failure(gitlab)).toContain("needs the scope 'self_rotate'");
    expect(gitlab.rotations).toEqual([]);
  });

  test('a token from the environment has no place for a new one', () => {
    expect(() => findTokenStore({ GITLAB_TOKEN: 'canary' })).toThrow(/could not be stored/);
  });

  test('a place that cannot be replaced is noticed before GitLab is asked', async () => {
    await using gitlab = await startRotatingGitlab();
    mkdirSync(`${file}.next`);

    await failure(gitlab);

    expect(gitlab.rotations).toEqual([]);
    expect(stored()).toBe('canary-0');
  });
});

describe('rotateToken when something fails', () => {
  test('GitLab refuses: everything is as it was', async () => {
    await using gitlab = await startRotatingGitlab(
      withAnswer((response) => {
        sendJson(response, { message: 'no' }, { status: 403 });
      }),
    );

    expect(await failure(gitlab)).toMatch(/status 403; the token is as it was/);
    expect(stored()).toBe('canary-0');
    expect(existsSync(`${file}.next`)).toBe(false);
  });

  test('the connection breaks before GitLab has done it: the token is still valid, and it says so', async () => {
    await using gitlab = await startRotatingGitlab(
      withAnswer((response) => void response.destroy()),
    );

    expect(await failure(gitlab)).toContain('the token is as it was');
    expect(gitlab.rotations).toHaveLength(1);
    expect(existsSync(`${file}.next`)).toBe(false);
  });

  test('the answer is lost: it says that the token is gone, and asks no second time', async () => {
    await using gitlab = await startRotatingGitlab(
      withAnswer((response, replace) => {
        replace();
        response.destroy();
      }),
    );

    expect(await failure(gitlab)).toMatch(/answer was lost.*make a new one by hand/);
    expect(gitlab.rotations).toHaveLength(1);
  });

  test('the place is taken away meanwhile: the new token is kept beside it, and the next call puts it there', async () => {
    await using gitlab = await startRotatingGitlab(
      withAnswer((response, replace) => {
        rmSync(file);
        mkdirSync(file);
        sendJson(response, { token: replace() }, { status: 201 });
      }),
    );

    expect(await failure(gitlab)).toContain(`is in the file '${file}.next'`);
    expect(readFileSync(`${file}.next`, 'utf8').trim()).toBe('canary-1');
    expect(statSync(`${file}.next`).mode & 0o777).toBe(0o640);
    rmSync(file, { recursive: true });

    expect(await rotate(gitlab)).toMatchObject({ finishedEarlier: true });
    expect(stored()).toBe('canary-1');
    expect(gitlab.rotations).toHaveLength(1);
  });

  test('killed before the new token was in its place: the next call puts it there', async () => {
    await using gitlab = await startRotatingGitlab();
    await rotate(gitlab);
    writeFileSync(file, 'canary-0\n');
    writeFileSync(`${file}.next`, 'canary-1\n');

    expect(await rotate(gitlab)).toMatchObject({ finishedEarlier: true });
    expect(stored()).toBe('canary-1');
    expect(existsSync(`${file}.next`)).toBe(false);
  });

  test('killed before GitLab answered: the next call refuses until a person has looked', async () => {
    await using gitlab = await startRotatingGitlab();
    writeFileSync(`${file}.next`, ' '.repeat(10));

    expect(await failure(gitlab)).toContain('killed before GitLab answered');
    expect(gitlab.rotations).toEqual([]);
    expect(stored()).toBe('canary-0');
  });

  test('a token that was left and that nobody knows is named, not put in place', async () => {
    await using gitlab = await startRotatingGitlab();
    writeFileSync(`${file}.next`, 'canary-9\n');

    expect(await failure(gitlab)).toContain('GitLab refuses the token in the file');
    expect(stored()).toBe('canary-0');
  });
});

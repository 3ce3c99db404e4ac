import { type FileHandle, open, readFile, realpath, rename, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

import { LoaderError } from '../model/errors.ts';
import type { TokenSlot, TokenStore } from '../model/tokenStore.ts';

/** Longer than any token: this much is reserved on the disk before GitLab is asked for one. */
const RESERVED_BYTES = 4_096;

/** Keeps the token in a file, which is only ever replaced as a whole. What is next waits in `<file>.next`. */
export function tokenFile(file: string): TokenStore {
  const place = `the file '${file}'`;
  return {
    place,
    async unfinished() {
      const next = nextOf(await targetOf(file));
      const token = await readFile(next, 'utf8').catch(() => undefined);
      if (token === undefined) return undefined;
      if (token.trim() === '') throw interrupted(next);
      return { ...(await slotOf(file)), token: token.trim() };
    },
    async prepare(current) {
      try {
        const target = await targetOf(file);
        await rehearse(target, current);
        const slot = await slotOf(file);
        await writeNew(nextOf(target), ' '.repeat(RESERVED_BYTES), await modeOf(target));
        return slot;
      } catch (error) {
        if (codeOf(error) === 'EEXIST') throw interrupted(nextOf(file));
        throw new LoaderError(
          'E_CONFIG',
          `GITLAB_TOKEN_FILE: ${place} cannot be replaced (${codeOf(error)}), so the token was not rotated.`,
        );
      }
    },
  };
}

async function slotOf(file: string): Promise<TokenSlot> {
  const target = await targetOf(file);
  const next = nextOf(target);
  return {
    rescue: `the file '${next}'`,
    keep: async (token) => {
      const handle = await open(next, 'r+');
      await finish(handle, async () => {
        const { bytesWritten } = await handle.write(`${token}\n`, 0);
        await handle.truncate(bytesWritten);
      });
    },
    install: () => replace(next, target),
    discard: () => unlink(next),
  };
}

/** Goes the whole way with the token that is there, so that a folder or a mount that refuses it shows now. */
async function rehearse(target: string, current: string): Promise<void> {
  const next = nextOf(target);
  await writeNew(next, `${current}\n`, await modeOf(target));
  try {
    await replace(next, target);
  } catch (error) {
    await unlink(next);
    throw error;
  }
}

async function writeNew(path: string, content: string, mode: number): Promise<void> {
  const handle = await open(path, 'wx', mode);
  await finish(handle, async () => {
    await handle.chmod(mode);
    await handle.writeFile(content);
  });
}

async function finish(handle: FileHandle, work: () => Promise<void>): Promise<void> {
  try {
    await work();
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function replace(next: string, target: string): Promise<void> {
  await rename(next, target);
  const directory = await open(dirname(target), 'r');
  await finish(directory, () => Promise.resolve());
}

/** A link is followed, so that it stays one; reading the token says what is wrong with a file that is not there. */
async function targetOf(file: string): Promise<string> {
  try {
    return await realpath(file);
  } catch {
    return file;
  }
}

async function modeOf(target: string): Promise<number> {
  return (await stat(target)).mode & 0o777;
}

function nextOf(target: string): string {
  return `${target}.next`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}

function interrupted(next: string): LoaderError {
  return new LoaderError(
    'E_CONFIG',
    `'${next}' is there without a token: another rotation is at work, or one was killed before GitLab answered; delete the file when none is at work.`,
  );
}

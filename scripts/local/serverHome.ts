import { createHash, randomBytes } from 'node:crypto';
import {
  appendFileSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

import type { Binaries } from './binaries.ts';
import { canReach, type ServerUser } from './serverUser.ts';

/** The files of one embedded server. */
export interface ServerHome {
  readonly data: string;
  readonly log: string;
  /** Names the process that stops the server when it ends. */
  readonly owner: string;
  readonly password: string;
}

/** Who runs initdb, and its flags besides those that every server needs. */
export interface Initialisation {
  readonly binaries: Binaries;
  readonly user: ServerUser | undefined;
  readonly flags: readonly string[];
}

const CONFIGURATION = `
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 100
timezone = 'UTC'
log_timezone = 'UTC'
`;

/** Makes the directory, or one below the system's temporary directory where the server's user cannot reach it. */
export function serverHome(directory: string, user: ServerUser | undefined): ServerHome {
  const wanted = owned(resolve(directory), user);
  const home =
    user === undefined || canReach(wanted, user) ? wanted : owned(substitute(wanted), user);
  return {
    data: join(home, 'data'),
    log: join(home, 'server.log'),
    owner: join(home, 'owner.pid'),
    password: join(home, 'password'),
  };
}

/** Runs initdb unless it once ran to its end. The password is generated and only its owner can read it. */
export async function initialise(
  home: ServerHome,
  { binaries, user, flags }: Initialisation,
): Promise<void> {
  if (existsSync(join(home.data, 'PG_VERSION'))) return;
  const unfinished = `${home.data}.${process.pid.toString()}`;
  rmSync(unfinished, { recursive: true, force: true });
  writePassword(home.password, user);
  const { exitCode, output } = await binaries.run('initdb', [
    `--pgdata=${unfinished}`,
    '--username=postgres',
    `--pwfile=${home.password}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
    ...flags,
  ]);
  if (exitCode !== 0) {
    throw new Error(
      `initdb could not make ${unfinished}: ${output.trim().split('\n').at(-1) ?? ''}`,
    );
  }
  appendFileSync(join(unfinished, 'postgresql.conf'), CONFIGURATION);
  renameSync(unfinished, home.data);
}

/** The password that was generated when the server's data were made. */
export function readPassword(home: ServerHome): string {
  try {
    return readFileSync(home.password, 'utf8').trim();
  } catch (cause) {
    throw new Error(`The password of the data in ${home.data} is lost; delete that directory.`, {
      cause,
    });
  }
}

function writePassword(file: string, user: ServerUser | undefined): void {
  rmSync(file, { force: true });
  writeFileSync(file, randomBytes(18).toString('base64url'), { mode: 0o600, flag: 'wx' });
  if (user !== undefined) chownSync(file, user.uid, user.gid);
}

function owned(directory: string, user: ServerUser | undefined): string {
  mkdirSync(dirname(directory), { recursive: true });
  if (!existsSync(directory)) mkdirSync(directory, { mode: 0o700 });
  if (user === undefined) return directory;
  const { uid } = lstatSync(directory);
  if (uid !== 0 && uid !== user.uid) {
    throw new Error(`${directory} belongs to another user; delete it or choose another directory.`);
  }
  chownSync(directory, user.uid, user.gid);
  return directory;
}

function substitute(directory: string): string {
  const key = createHash('sha256').update(directory).digest('hex').slice(0, 16);
  return join(tmpdir(), `gitlab-alloydb-postgres-${key}`);
}

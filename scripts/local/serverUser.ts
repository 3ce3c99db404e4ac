import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The unprivileged user that server processes run as, because PostgreSQL refuses to run as root. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

const PREFERRED = ['postgres', 'nobody'];
const NOBODY: ServerUser = { uid: 65_534, gid: 65_534 };

/** Chooses an existing unprivileged user when this process is root; undefined when it can run the server itself. */
export function chooseServerUser(): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = knownUsers();
  return PREFERRED.map((name) => users.get(name)).find((user) => user !== undefined) ?? NOBODY;
}

/** True when the user may reach the directory, i.e. search every directory above it. */
export function canReach(directory: string, user: ServerUser): boolean {
  return (
    spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', directory], { ...user, cwd: '/' }).status === 0
  );
}

function knownUsers(): ReadonlyMap<string, ServerUser> {
  const users = new Map<string, ServerUser>();
  for (const line of passwordFile().split('\n')) {
    const [name = '', , uid = '', gid = ''] = line.split(':');
    const user = { uid: Number(uid), gid: Number(gid) };
    if (uid !== '' && user.uid > 0 && Number.isInteger(user.gid)) users.set(name, user);
  }
  return users;
}

function passwordFile(): string {
  try {
    return readFileSync('/etc/passwd', 'utf8');
  } catch {
    return '';
  }
}

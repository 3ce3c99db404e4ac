import { spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { identifier } from '../../../functions/engine/sql/identifier.ts';
import { literal, sql } from '../../../functions/engine/sql/sql.ts';
import { chooseServerUser } from '../../local/serverUser.ts';
import { LOADER_ROLE } from '../scratchServer.ts';
import { type Fault, MAY_FAIL, type Site } from '../site.ts';

const FULL_KILOBYTES = [64, 900] as const;
const ENOUGH_KILOBYTES = 256_000;

/** A disk that holds too little, then enough; only where this process may mount one. */
export const fullDisk: Fault = {
  catalogue: 'F17',
  what: 'new tables and stages are on a disk that is full, until there is room (as root on Linux)',
  mayEnd: MAY_FAIL,
  play: async (site) => {
    const disk = mountDisk(site.random.integer(...FULL_KILOBYTES));
    if (disk === undefined) {
      await site.start().ended;
      return;
    }
    try {
      await moveTo(site, disk.place);
      const { exitCode, stdout, stderr } = await site.start().ended;
      if (/No space left/.test(stdout + stderr)) site.struck(`ended with ${String(exitCode)}`);
      disk.grow();
    } finally {
      site.afterwards(() => disk[Symbol.dispose]());
    }
  },
};

/** What the loader makes from now on, in this trial's database, is on the disk. */
async function moveTo({ server, database, afterwards }: Site, place: string): Promise<void> {
  const [space, role] = [identifier(database), identifier(LOADER_ROLE)] as const;
  await server.admin.query(sql`create tablespace ${space} location ${literal(place)}`);
  await server.admin.query(sql`grant create on tablespace ${space} to ${role}`);
  for (const setting of ['default_tablespace', 'temp_tablespaces'])
    await server.admin.query(
      sql`alter role ${role} in database ${space} set ${identifier(setting)} = ${literal(database)}`,
    );
  afterwards(async () => {
    await server.admin.query(sql`drop tablespace ${space}`);
  });
}

interface Disk extends Disposable {
  readonly place: string;
  grow(): void;
}

/** A file system in memory that the server may write to; undefined where mounting is not allowed. */
function mountDisk(kilobytes: number): Disk | undefined {
  const place = mkdtempSync(join(tmpdir(), 'gitlab-alloydb-disk-'));
  if (!mount('size', kilobytes, place)) {
    rmdirSync(place);
    return undefined;
  }
  const user = chooseServerUser();
  if (user !== undefined) chownSync(place, user.uid, user.gid);
  return {
    place,
    grow: () => void mount('remount,size', ENOUGH_KILOBYTES, place),
    [Symbol.dispose]: () => {
      spawnSync('umount', [place]);
      rmdirSync(place);
    },
  };
}

function mount(option: string, kilobytes: number, place: string): boolean {
  const options = ['-t', 'tmpfs', '-o', `${option}=${kilobytes.toString()}k`, 'tmpfs', place];
  return process.platform === 'linux' && spawnSync('mount', options).status === 0;
}

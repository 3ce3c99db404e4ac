import { once } from 'node:events';
import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { sql } from '../../functions/engine/sql/sql.ts';
import { isAlive } from '../../scripts/local/serverProcess.ts';
import {
  memories,
  remember,
  serverPid,
  start,
  startElsewhere,
  until,
  useDirectories,
} from '../support/localServers.ts';
import { administrate } from '../support/postgres.ts';

const directories = useDirectories();
const isRoot = process.getuid?.() === 0;

describe('a server and its processes', () => {
  test('a second start in the same process joins the server and does not stop it', async () => {
    const directory = directories.used();
    const first = await start(directory);

    const second = await start(directory);
    await second.stop();

    expect(second.url).toBe(first.url);
    expect(isAlive(serverPid(directory))).toBe(true);
    await first.stop();
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('ends with its process on %s', async (signal) => {
    const directory = directories.used();
    const child = await startElsewhere(directory);
    const pid = serverPid(directory);

    child.kill(signal);
    const [, endedBy] = (await once(child, 'exit')) as [number | null, string | null];

    expect(endedBy).toBe(signal);
    await until(() => !isAlive(pid));
  });

  test('a server whose process was killed is taken over', async () => {
    const directory = directories.used();
    const child = await startElsewhere(directory);
    const pid = serverPid(directory);
    child.kill('SIGKILL');
    await once(child, 'exit');

    const server = await start(directory);

    expect(serverPid(directory)).toBe(pid);
    await server.stop();
    await until(() => !isAlive(pid));
  });

  test('a server of a living process is shared and left alone', async () => {
    const directory = directories.used();
    const child = await startElsewhere(directory);
    const pid = serverPid(directory);

    const server = await start(directory);
    await server.stop();

    expect(isAlive(pid)).toBe(true);
    child.kill();
    await until(() => !isAlive(pid));
  });
});

describe.runIf(isRoot)('for root', () => {
  test('the server runs as another user', async () => {
    const directory = directories.used();
    const server = await start(directory);

    const uid = lstatSync(join(directory, 'data')).uid;

    expect(uid).not.toBe(0);
    expect(lstatSync(`/proc/${serverPid(directory).toString()}`).uid).toBe(uid);
    await server.stop();
  });

  test('directories made on the way to the data stay open to that user', async () => {
    const above = directories.empty();
    chmodSync(above, 0o755);
    const server = await start(join(above, 'local', 'postgres'));

    expect(existsSync(join(above, 'local', 'postgres', 'data', 'PG_VERSION'))).toBe(true);
    await server.stop();
  });

  test('the data go elsewhere when that user cannot reach the directory', async () => {
    const directory = join(directories.empty(), 'private', 'postgres');
    mkdirSync(join(directory, '..'), { mode: 0o700 });
    const first = await start(directory);
    await remember(first);
    await first.stop();

    const second = await start(directory);

    const { rows } = await administrate(second.url, (admin) =>
      admin.query<{ data: string }>(sql`select current_setting('data_directory') as data`),
    );
    expect(rows[0]?.data).toContain('gitlab-alloydb-postgres-');
    expect(await memories(second)).toEqual([{ name: 'Rex' }]);
    await second.stop();
    rmSync(join(rows[0]?.data ?? '', '..'), { recursive: true });
  });

  test('the server sees no secret of its parent', async () => {
    const directory = directories.used();
    process.env['GITLAB_TOKEN'] = 'canary';
    const server = await start(directory);
    delete process.env['GITLAB_TOKEN'];

    expect(readFileSync(`/proc/${serverPid(directory).toString()}/environ`, 'utf8')).not.toContain(
      'canary',
    );
    await server.stop();
  });
});

import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { sql } from '../../functions/engine/sql/sql.ts';
import { readServerProcess } from '../../scripts/local/serverProcess.ts';
import { memories, remember, serverPid, start, useDirectories } from '../support/localServers.ts';
import { administrate } from '../support/postgres.ts';

const directories = useDirectories();

describe('startPostgres', () => {
  test('keeps the data between two starts', async () => {
    const directory = directories.empty();
    const first = await start(directory);
    await remember(first);
    await first.stop();

    const second = await start(directory);

    expect(await memories(second)).toEqual([{ name: 'Rex' }]);
    await second.stop();
    expect(readServerProcess(join(directory, 'data'))).toBeUndefined();
  });

  test('listens on the loopback only, asks for its password and speaks UTF-8', async () => {
    const directory = directories.used();
    const server = await start(directory);

    const { rows } = await administrate(server.url, (admin) =>
      admin.query(sql`select current_setting('listen_addresses') as listen, current_setting('max_connections') as most,
        current_setting('server_encoding') as encoding, lower('Ä') as lower, 'a' < 'B' as alphabetical`),
    );
    const intruder = server.url.replace(/:[^:@]+@/, ':wrong@');

    expect(rows).toEqual([
      { listen: '127.0.0.1', most: '100', encoding: 'UTF8', lower: 'ä', alphabetical: false },
    ]);
    await expect(
      administrate(intruder, (admin) => admin.query(sql`select 1`)),
    ).rejects.toMatchObject({
      code: 'E_DATABASE_AUTH',
    });
    await server.stop();
  });

  test('recovers after the server was killed', async () => {
    const directory = directories.used();
    const first = await start(directory);
    await remember(first);
    process.kill(serverPid(directory), 'SIGKILL');

    const second = await start(directory);

    expect(await memories(second)).toEqual([{ name: 'Rex' }]);
    await second.stop();
  });

  test('starts although the lock file names another program', async () => {
    const directory = directories.used();
    const other = spawn('sleep', ['60']);
    const lines = [other.pid, join(directory, 'data'), 1, 1, '', '127.0.0.1', '', 'ready'];
    writeFileSync(join(directory, 'data', 'postmaster.pid'), lines.join('\n'));

    const server = await start(directory);

    expect(serverPid(directory)).not.toBe(other.pid);
    other.kill();
    await server.stop();
  });

  test('starts again after it was interrupted while it made the data', async () => {
    const directory = directories.empty();
    mkdirSync(join(directory, `data.${process.pid.toString()}`, 'base'), { recursive: true });

    const server = await start(directory);

    expect(existsSync(join(directory, 'data', 'PG_VERSION'))).toBe(true);
    await server.stop();
  });

  test('says why the server does not start', async () => {
    const directory = directories.used();
    appendFileSync(join(directory, 'data', 'postgresql.conf'), "work_mem = 'plenty'\n");

    await expect(start(directory)).rejects.toThrow('contains errors');
  });
});

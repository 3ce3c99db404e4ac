import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openPool } from '../../functions/engine/sql/pool.ts';
import { sql } from '../../functions/engine/sql/sql.ts';
import { freePort } from '../../scripts/local/freePort.ts';

/** A pooler before a database: a transaction has one of its few connections, and nothing outlives it there. */
export interface PgBouncer extends AsyncDisposable {
  readonly url: string;
}

/** PgBouncer refuses to run as root. */
const USER = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];

/** Whether the machine has PgBouncer. */
export function hasPgBouncer(): boolean {
  return spawnSync('pgbouncer', ['--version'], { stdio: 'ignore' }).status === 0;
}

/** Starts PgBouncer in transaction mode with `connections` to the database of the URL. */
export async function startPgBouncer(url: string, connections: number): Promise<PgBouncer> {
  const target = new URL(url);
  const directory = mkdtempSync(join(tmpdir(), 'pgbouncer-'));
  chmodSync(directory, 0o755);
  const port = await freePort();
  const name = target.pathname.slice(1);
  const settings = join(directory, 'pgbouncer.ini');
  writeFileSync(
    settings,
    `[databases]
${name} = host=${target.hostname} port=${target.port} dbname=${name} user=${target.username} password='${decodeURIComponent(target.password)}'
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port.toString()}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = ${connections.toString()}
server_reset_query_always = 0
`,
  );
  const child = spawn('pgbouncer', [...USER, settings], { stdio: ['ignore', 'ignore', 'pipe'] });
  const pooled = new URL(url);
  pooled.host = `127.0.0.1:${port.toString()}`;
  await answers(child, pooled.href);
  return {
    url: pooled.href,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGINT');
      if (child.exitCode === null) await once(child, 'exit');
      rmSync(directory, { recursive: true });
    },
  };
}

/** Waits until the pooler answers; throws what it complained of when it ended instead. */
async function answers(child: ChildProcess, url: string): Promise<void> {
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  while (child.exitCode === null) {
    const database = openPool({ url, applicationName: 'tests', max: 1 });
    const isThere = await database.query(sql`select 1`).then(
      () => true,
      () => false,
    );
    await database.close();
    if (isThere) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(complaint);
}

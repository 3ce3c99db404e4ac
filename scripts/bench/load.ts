import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { build } from 'esbuild';
import pg from 'pg';

import { bundleOptions } from '../bundleOptions.ts';
import { startPostgres } from '../local/postgres.ts';
import { measureFloor } from './floor.ts';
import { cpuSeconds, startChild } from './processes.ts';
import { type Cost, tellLoad } from './tellLoad.ts';

/** `bench load [jobs]`: loads jobs with their child tables twice, beside the floor measured in the same run. */
export async function benchLoad([jobs = '20000']: readonly string[]): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'gitlab-alloydb-bench-'));
  const postgres = await startPostgres({ directory });
  const gitlab = startChild('test/support/gitlab/main.ts', [
    '--jobs',
    jobs,
    '--projects',
    '8',
    '--warm',
  ]);
  try {
    const { url, adminToken } = (await gitlab.firstLine) as { url: string; adminToken: string };
    const client = join(directory, 'client.cjs');
    await build({ ...bundleOptions, entryPoints: ['scripts/bench/client.ts'], outfile: client });
    const environment = {
      GITLAB_BASE_URL: url,
      GITLAB_TOKEN: adminToken,
      DATABASE_URL: postgres.url,
    };
    const postmaster = postmasterPid(directory);
    await measure([client, 'projects'], environment, postmaster);
    const first = await measure([client, 'jobs'], environment, postmaster);
    const second = await measure([client, 'jobs'], environment, postmaster);
    const projects = await projectIds(postgres.url);
    const floor = await measureFloor({
      url,
      token: adminToken,
      databaseUrl: postgres.url,
      projects,
    });
    tellLoad({ jobs, first, second, floor });
  } finally {
    gitlab.stop();
    await postgres.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function measure(
  [client, resource]: readonly [string, string],
  environment: NodeJS.ProcessEnv,
  postmaster: number | undefined,
): Promise<Cost> {
  const before = postmaster === undefined ? undefined : cpuSeconds(postmaster);
  const cost = await startChild(client, [resource], environment).lastLine();
  const after = postmaster === undefined ? undefined : cpuSeconds(postmaster);
  const serverCpuSeconds = before === undefined || after === undefined ? undefined : after - before;
  return { ...(cost as unknown as Cost), serverCpuSeconds };
}

function postmasterPid(directory: string): number | undefined {
  try {
    return Number(readFileSync(join(directory, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
  } catch {
    return undefined;
  }
}

async function projectIds(databaseUrl: string): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query<{ id: string }>(
    'select id::text from gitlab_data.api_entities_project',
  );
  await client.end();
  return rows.map(({ id }) => id);
}

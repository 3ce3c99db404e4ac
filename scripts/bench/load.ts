import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';

import { build } from 'esbuild';
import pg from 'pg';

import { bundleOptions } from '../bundleOptions.ts';
import { output } from '../commands/terminal.ts';
import { startPostgres } from '../local/postgres.ts';
import { drawTable } from '../render/summary.ts';
import { type Floor, measureFloor } from './floor.ts';
import { cpuSeconds, startChild } from './processes.ts';

interface Cost {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMegabytes: number;
  readonly requests: number;
  readonly written: number;
  readonly serverCpuSeconds: number | undefined;
}

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
    tell({ jobs, first, second, floor });
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

interface Measured {
  readonly jobs: string;
  readonly first: Cost;
  readonly second: Cost;
  readonly floor: Floor;
}

function tell({ jobs, first, second, floor }: Measured): void {
  const floorSeconds = floor.fetchSeconds + floor.copySeconds;
  const figures = (
    name: string,
    { seconds, cpuSeconds: cpu, serverCpuSeconds, peakMegabytes, requests, written }: Cost,
  ) => [
    ...[
      name,
      seconds.toFixed(2),
      cpu.toFixed(2),
      serverCpuSeconds?.toFixed(2) ?? '-',
      peakMegabytes.toFixed(0),
    ],
    ...[
      requests.toString(),
      written.toLocaleString('en'),
      `${(seconds / floorSeconds).toFixed(2)}x`,
    ],
  ];
  const floorRow = ['floor', floorSeconds.toFixed(2), '-', '-', '-', floor.pages.toString()];
  const head = [
    '',
    'wall s',
    'client CPU s',
    'server CPU s',
    'peak MB',
    'requests',
    'rows',
    'of the floor',
  ];
  const rows = [
    figures('first load', first),
    figures('second load', second),
    [...floorRow, floor.copiedRows.toLocaleString('en'), '1.00x'],
  ];
  output.line(
    `${Number(jobs).toLocaleString('en')} jobs, Node.js ${process.version}, ${cpus().length.toString()} cores`,
  );
  output.line(drawTable(head, rows, [1, 2, 3, 4, 5, 6, 7]).trimEnd());
  output.line(
    `floor: fetch and discard ${floor.fetchSeconds.toFixed(2)} s + COPY into identical tables ${floor.copySeconds.toFixed(2)} s`,
  );
  output.line(
    JSON.stringify({
      event: 'bench-load',
      jobs: Number(jobs),
      first,
      second,
      floor,
      ratio: first.seconds / floorSeconds,
    }),
  );
}

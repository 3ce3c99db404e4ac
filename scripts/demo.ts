import { once } from 'node:events';
import { pathToFileURL } from 'node:url';

import { SETTINGS } from '../functions/engine/config/settings.ts';
import { exitCodeOfReport } from '../functions/engine/run/exitCode.ts';
import { startGitlab } from '../test/support/gitlab/server.ts';
import { exitCodeOf, tellError } from './commands/failure.ts';
import { requestOf, runOnce } from './commands/run.ts';
import { type Environment, isForPeople, output } from './commands/terminal.ts';
import { compareTables, type TableComparison } from './demo/compare.ts';
import { startPostgres } from './local/postgres.ts';
import { drawTable } from './render/summary.ts';

/** Resources loaded only when somebody names them, which the demo does. */
const ON_DEMAND = ['group_badge_renders', 'project_badge_renders'] as const;

/** Small enough to be loaded in some seconds, large enough to show pages, packages and child tables. */
const COMPANY = { projects: 16, jobs: 3_000, branches: 400, users: 40, alerts: 60 } as const;

/** `npm start`: loads the simulated GitLab into the embedded PostgreSQL and compares every table with the truth. */
async function demo(environment: Environment, signal: AbortSignal): Promise<number> {
  const postgres = await startPostgres();
  const gitlab = await startGitlab(COMPANY);
  try {
    const settings = {
      ...environment,
      GITLAB_BASE_URL: gitlab.url,
      GITLAB_TOKEN: gitlab.adminToken,
      DATABASE_URL: postgres.url,
      RESOURCES: '',
    };
    const scheduled = await runOnce(settings, requestOf({ all: true }), signal);
    const demanded = await runOnce(settings, requestOf({ all: true, resource: ON_DEMAND }), signal);
    const failed = [scheduled, demanded].map(exitCodeOfReport).find((code) => code !== 0);
    if (failed !== undefined) return failed;
    const dataset = environment['DATASET'] ?? 'gitlab_data';
    const tables = await compareTables(
      postgres.url,
      dataset,
      gitlab.truth('admin', {
        dictionaryTables: SETTINGS.dictionaryTables.fallback,
        shelves: 'all',
      }),
    );
    return tellComparison(tables, {
      environment,
      written: [scheduled, demanded].flatMap(({ resources }) => Object.values(resources)),
      requests: scheduled.requests + demanded.requests,
    });
  } finally {
    await gitlab.close();
    await postgres.stop();
  }
}

interface Told {
  readonly environment: Environment;
  readonly written: readonly { readonly written: number }[];
  readonly requests: number;
}

function tellComparison(
  tables: Readonly<Record<string, TableComparison>>,
  { environment, written, requests }: Told,
): number {
  const equal = Object.values(tables).every(
    ({ rows, expected, missing }) => rows === expected && missing === 0,
  );
  const newRows = written.reduce((sum, report) => sum + report.written, 0);
  if (isForPeople(environment)) {
    const rows = Object.entries(tables).map(([name, { rows: found, expected, missing }]) => [
      name,
      ...[found, expected, missing].map((count) => count.toLocaleString('en')),
    ]);
    output.line(drawTable(['table', 'rows', 'in GitLab', 'missing'], rows, [1, 2, 3]).trimEnd());
    const verdict = equal
      ? 'Every table equals the simulated GitLab'
      : 'Tables DIFFER from the simulated GitLab';
    output.line(
      `${verdict}: ${newRows.toLocaleString('en')} rows written with ${requests.toLocaleString('en')} requests.`,
    );
    output.line(
      `To look at them: \`npm run database\` starts the database again and prints its psql line.`,
    );
  } else {
    output.line(JSON.stringify({ event: 'demo-check', equal, newRows, requests, tables }));
  }
  return equal ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const stopper = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    void once(process, name).then(() => {
      stopper.abort(new Error('stopped by a signal'));
    });
  }
  try {
    process.exitCode = await demo(process.env, stopper.signal);
  } catch (error) {
    tellError(error);
    process.exitCode = exitCodeOf(error);
  }
}

import { randomUUID } from 'node:crypto';

import { catalog } from '../../functions/catalog.ts';
import { loadSettings } from '../../functions/engine/config/loadSettings.ts';
import type { ResourceCompleteness } from '../../functions/engine/run/completeness.ts';
import type { RunEntrance } from '../../functions/engine/run/openRun.ts';
import { type Repair, repairGitlab } from '../../functions/engine/run/repairGitlab.ts';
import { type ComparisonOrder, verifyGitlab } from '../../functions/engine/run/verifyGitlab.ts';
import { qualified } from '../../functions/engine/sql/identifier.ts';
import { type Sql, sql } from '../../functions/engine/sql/sql.ts';
import { type Bench, DATASET, openBench } from './run.ts';

/** A comparison with the simulated GitLab and the requests that it took. */
export interface Compared {
  readonly found: readonly ResourceCompleteness[];
  readonly requests: number;
}

async function entranceOf(bench: Bench): Promise<RunEntrance> {
  const settings = await loadSettings({
    GITLAB_BASE_URL: bench.gitlab.url,
    GITLAB_TOKEN: bench.gitlab.adminToken,
    DATABASE_URL: bench.databaseUrl,
    DATASET,
  });
  return {
    ...{ settings, catalog, signal: new AbortController().signal },
    ...{ now: Date.now, random: () => 0, uuid: randomUUID, report: () => undefined },
  };
}

/** Compares resources with the simulated GitLab. */
export async function compare(
  bench: Bench,
  resources: readonly string[],
  order: Partial<ComparisonOrder> = {},
): Promise<Compared> {
  const before = bench.gitlab.requests.total;
  const found = await verifyGitlab(await entranceOf(bench), {
    ...{ resources, requests: 1_000, report: () => undefined },
    ...order,
  });
  return { found: found ?? [], requests: bench.gitlab.requests.total - before };
}

/** Requests below projects: not those that find out whose token it is. */
function rowRequests({ gitlab }: Bench): number {
  return gitlab.requests.count(/\/projects\/\d/);
}

/** Repairs what a comparison has found, with the requests below projects. */
export async function repair(
  bench: Bench,
  { found }: Compared,
): Promise<{ readonly repairs: readonly Repair[]; readonly requests: number }> {
  const before = rowRequests(bench);
  const differences = found.flatMap((one) => one.differences);
  const repairs = await repairGitlab(await entranceOf(bench), differences, () => undefined);
  return { repairs, requests: rowRequests(bench) - before };
}

/** `resource/partition: missing keys`, or how many rows are newer or too many. */
export function differenceLines({ found }: Compared): readonly string[] {
  return found.flatMap(({ differences }) =>
    differences.map(({ resource, partition, missing, newer, surplus }) => {
      const keys = missing.map(({ key }) => Object.values(key).map(String).join(' ')).toSorted();
      return `${resource}/${partition}: missing [${keys.join(', ')}] newer ${newer.toString()} surplus ${surplus.toString()}`;
    }),
  );
}

/** The rows of a query. */
export async function rowsOf<T>(bench: Bench, text: Sql): Promise<readonly T[]> {
  return (await bench.database.query(text)).rows as readonly T[];
}

/** Rows that somebody deletes: a condition on `t`, and the column that is given of each. */
export interface HandDeletion {
  readonly table: string;
  readonly where: Sql;
  readonly shown: Sql;
}

/** Deletes rows with what is below them, as somebody does by hand; gives one column of each. */
export async function deleteByHand(
  bench: Bench,
  { table, where, shown }: HandDeletion,
): Promise<readonly string[]> {
  const root = qualified(DATASET, table);
  const gone = await rowsOf<{ id: string; shown: string }>(
    bench,
    sql`delete from ${root} t where ${where} returning _dlt_id as id, ${shown}::text as shown`,
  );
  const children = await rowsOf<{ name: string }>(
    bench,
    sql`select relname as name from pg_class where relnamespace = '${DATASET as Sql}'::regnamespace
        and relkind = 'r' and relname like '${table as Sql}\\_\\_%'`,
  );
  for (const { name } of children)
    await bench.database.query(
      sql`delete from ${qualified(DATASET, name)} where _dlt_root_id = any ($1::text[])`,
      [gone.map(({ id }) => id)],
    );
  return gone.map((row) => row.shown).toSorted();
}

/** Resources of the comparisons, in the order in which they are loaded. */
export const RESOURCES = ['projects', 'groups', 'branches', 'issues', 'project_labels', 'jobs'];

/** The stored issues. */
export const ISSUES = qualified(DATASET, 'api_entities_issue');

/** Loads a small world once; gives the project with most issues. */
export async function openComparedBench(): Promise<{
  readonly bench: Bench;
  readonly projectId: number;
}> {
  const bench = await openBench({ projects: 4, jobs: 30, branches: 40 });
  await bench.load({ request: { resources: [...RESOURCES, 'project_variables'] } });
  const [most] = await rowsOf<{ id: number }>(
    bench,
    sql`select project_id::float8 as id from ${ISSUES} group by 1 order by count(*) desc, 1 limit 1`,
  );
  return { bench, projectId: most?.id ?? 0 };
}

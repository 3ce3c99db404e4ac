import { branches } from '../../functions/branches/resources.ts';
import { qualified } from '../../functions/engine/sql/identifier.ts';
import { type Sql, sql } from '../../functions/engine/sql/sql.ts';
import { groups } from '../../functions/groups/resources.ts';
import { projects } from '../../functions/projects/resources.ts';
import type { FaultRule } from './gitlab/faults.ts';
import { type Bench, DATASET, type Loaded, stateTable } from './run.ts';

/** Projects, groups and one cheap resource of projects. */
export const CATALOG = { projects, groups, branches };

const JSON_HEADERS = { 'Content-Type': 'application/json' };
const WORDS = { 403: '403 Forbidden', 404: '404 Not found' } as const;

/** Refuses the branches of one project. */
export function refusal(
  projectId: number,
  status: 403 | 404,
  message: string = WORDS[status],
): FaultRule {
  const path = new RegExp(`/projects/${projectId.toString()}/repository`, 'u');
  return {
    match: { path },
    respond: { status, headers: JSON_HEADERS, body: JSON.stringify({ message }) },
  };
}

/** `resource class status count` of what is open in the state. */
export function openGapLines(bench: Bench): Promise<readonly string[]> {
  return lines(
    bench,
    sql`select concat_ws(' ', resource, class, status, count(*)) as line
        from ${stateTable('access_gap')} where closed_at is null group by resource, class, status order by 1`,
  );
}

/** `change resource class count` of what a run told. */
export function shortGaps({ report }: Loaded): readonly string[] {
  return report.gaps
    .map(({ change, resource, class: kind, count }) =>
      [change, resource, kind, count.toString()].join(' '),
    )
    .toSorted();
}

/** How many branches of a project are stored. */
export async function branchCount(bench: Bench, projectId: number): Promise<number> {
  const { rows } = await bench.database.query<{ count: bigint }>(
    sql`select count(*) from ${qualified(DATASET, 'api_entities_branch')} where project_id = $1::bigint`,
    [projectId.toString()],
  );
  return Number(rows[0]?.count ?? 0);
}

/** The full paths of the stored projects. */
export function storedPaths(bench: Bench): Promise<readonly string[]> {
  return lines(
    bench,
    sql`select path_with_namespace as line from ${qualified(DATASET, 'api_entities_project')} order by id`,
  );
}

/** The status of the branches' partition of a project. */
export async function partitionStatus(
  bench: Bench,
  projectId: number,
): Promise<string | undefined> {
  const { rows } = await bench.database.query<{ status: string }>(
    sql`select status from ${stateTable('partition')} where resource = 'branches' and partition_key = $1::text`,
    [projectId.toString()],
  );
  return rows[0]?.status;
}

async function lines(bench: Bench, text: Sql): Promise<readonly string[]> {
  const { rows } = await bench.database.query<{ line: string }>(text);
  return rows.map(({ line }) => line);
}

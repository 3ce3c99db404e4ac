import type { RunEvent } from '../../functions/engine/model/events.ts';
import { qualified } from '../../functions/engine/sql/identifier.ts';
import { joined, type Sql, sql } from '../../functions/engine/sql/sql.ts';
import type { Project } from './gitlab/world/model.ts';
import { type Bench, DATASET, type Loaded, openBench, type Order } from './run.ts';
import { truthDifferences } from './truthDifferences.ts';

const RESOURCES = ['projects', 'groups', 'jobs', 'branches', 'group_badges', 'project_badges'];
const TABLES = ['project', 'job', 'branch', 'badge'].map((name) => `api_entities_${name}`);

/** What a scripted answer needs to be taken for GitLab's. */
export const JSON_TYPE = { 'Content-Type': 'application/json' } as const;

/** A loaded bench whose every further run looks for deleted rows. */
export interface SweepBench extends Bench {
  /** The loaded tables beside what GitLab has. */
  differences(tables?: readonly string[]): Promise<readonly string[]>;
  /** How many rows each table has. */
  counts(): Promise<readonly object[]>;
  rowsOf(text: Sql, values?: readonly (string | number)[]): Promise<readonly object[]>;
  /** The project with most branches. */
  readonly project: Project;
}

/** Loads a small world once. */
export async function openSweepBench(): Promise<SweepBench> {
  const bench = await openBench({ projects: 3, jobs: 40, branches: 30 });
  const load = ({ environment, request, ...order }: Order = {}): Promise<Loaded> =>
    bench.load({
      ...order,
      environment: { FULL_PASS_HOURS: '0', ...environment },
      request: { resources: RESOURCES, ...request },
    });
  const rowsOf: SweepBench['rowsOf'] = async (text, values = []) =>
    (await bench.database.query(text, values)).rows;
  await load();
  const [project] = [...bench.gitlab.world.projects.values()].toSorted(
    (left, right) => right.branches.length - left.branches.length,
  );
  if (project === undefined) throw new Error('the world has no project');
  return {
    ...bench,
    load,
    rowsOf,
    project,
    differences: (tables = TABLES) => {
      const truth = bench.gitlab.truth('admin');
      const wanted = tables.map((name) => [name, truth[name] ?? []] as const);
      return truthDifferences(bench.database, Object.fromEntries(wanted));
    },
    counts: () => {
      const each = TABLES.map((name) => sql`select count(*) from ${qualified(DATASET, name)}`);
      return rowsOf(joined(each, sql` union all `));
    },
  };
}

/** How many rows the sweeps of a run have deleted. */
export function deletedRows({ events }: { readonly events: readonly RunEvent[] }): number {
  return events.reduce((sum, event) => sum + (event.event === 'rows-deleted' ? event.rows : 0), 0);
}

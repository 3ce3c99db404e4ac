import { SETTINGS } from '../../functions/engine/config/settings.ts';
import type { Check } from '../../functions/engine/sql/checks.ts';
import { qualified } from '../../functions/engine/sql/identifier.ts';
import { literal, sql } from '../../functions/engine/sql/sql.ts';
import type { World } from '../../test/support/gitlab/world/model.ts';
import type { StoredTypes } from '../../test/support/stored.ts';

/** The dataset of every trial. */
export const DATASET: string = SETTINGS.dataset.fallback;

/** Prefix of what the faults add to the dataset themselves. */
export const FOREIGN = 'chaos_';

/** What must hold in any snapshot besides the general invariants, because the world is known. */
export function snapshotChecks(
  tables: StoredTypes,
  { projects }: World,
  late: ReadonlySet<number>,
): readonly Check[] {
  const jobs = [...projects.values()].flatMap((project) => project.jobs);
  const punctual = jobs.filter(({ id }) => !late.has(id));
  return [
    schemaVersions(),
    nobodyElse(),
    ...(has(tables, 'api_entities_project', 'description') && tables.has(TOPICS) ? [marks()] : []),
    ...(has(tables, JOB, 'artifacts_file__filename') && tables.has(ARTIFACTS) ? [artifacts()] : []),
    ...(has(tables, JOB, 'id') ? [cursorAhead(punctual)] : []),
  ];
}

const JOB = 'api_entities_job';
const ARTIFACTS = 'api_entities_job__artifacts';
const TOPICS = 'api_entities_project__topics';

function has(tables: StoredTypes, table: string, column: string): boolean {
  return tables.get(table)?.has(column) === true;
}

/** A project and its topics carry the same mark, so they were read and written together. */
function marks(): Check {
  return {
    ...{
      invariant: 'I9',
      where: 'api_entities_project',
      promise: 'row and child rows belong to the same load',
    },
    rows: sql`select p._dlt_id as key from ${qualified(DATASET, 'api_entities_project')} p
        where p.description like 'mark %' and
          (select array_agg(t.value) from ${qualified(DATASET, TOPICS)} t where t._dlt_parent_id = p._dlt_id)
          is distinct from array_fill(p.description, array[1 + substr(p.description, 6)::int % 3])`,
  };
}

/** How many artifacts a job has can be told from its own row. */
function artifacts(): Check {
  return {
    ...{ invariant: 'I9', where: JOB, promise: 'row and child rows belong to the same load' },
    rows: sql`select j._dlt_id as key from ${qualified(DATASET, JOB)} j
        where (select count(*) from ${qualified(DATASET, ARTIFACTS)} a where a._dlt_parent_id = j._dlt_id)
          <> case when j.started_at is null then 0 when j.artifacts_file__filename is null then 1 else 3 end`,
  };
}

/** Once a scan has left a cursor, every row that was visible below it is stored. */
function cursorAhead(jobs: readonly { readonly id: number; readonly projectId: number }[]): Check {
  const ids = literal(`{${jobs.map(({ id }) => id).join(',')}}`);
  const owners = literal(`{${jobs.map(({ projectId }) => projectId).join(',')}}`);
  return {
    ...{
      invariant: 'I15',
      where: 'jobs',
      promise: 'every row that was visible below the cursor is stored',
    },
    rows: sql`select w.id::text as key from unnest(${ids}::bigint[], ${owners}::bigint[]) w(id, project_id)
        join ${qualified(`${DATASET}_state`, 'partition')} p
          on p.resource = 'jobs' and p.partition_key = w.project_id::text and p.cursor_value is not null
        where w.id <= p.cursor_value::bigint
          and not exists (select from ${qualified(DATASET, JOB)} j where j.id = w.id)`,
  };
}

/** A trial's dataset has one writer, so a load that the state does not know is a torn one. */
function nobodyElse(): Check {
  const state = `${DATASET}_state`;
  return {
    ...{ invariant: 'I7', where: '_dlt_loads', promise: 'every load is one of the state' },
    rows: sql`select load_id as key from ${qualified(DATASET, '_dlt_loads')} l
      where not exists (select from ${qualified(state, 'load')} s where s.load_id = l.load_id)
      union select load_id from ${qualified(state, 'foreign_load')}`,
  };
}

/** Concurrent schema changes leave one line of versions. */
function schemaVersions(): Check {
  return {
    ...{ invariant: 'I14', where: '_dlt_version', promise: 'versions are numbered once' },
    rows: sql`select schema_name || ' ' || version as key from ${qualified(DATASET, '_dlt_version')}
      group by schema_name, version having count(*) > 1`,
  };
}

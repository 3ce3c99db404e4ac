import { SETTINGS } from '../../functions/engine/config/settings.ts';
import { qualified } from '../../functions/engine/sql/identifier.ts';
import { literal, type Sql, sql } from '../../functions/engine/sql/sql.ts';
import type { World } from '../../test/support/gitlab/world/model.ts';
import { check } from '../../test/support/invariants.ts';
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
): readonly Sql[] {
  const jobs = [...projects.values()].flatMap((project) => project.jobs);
  const punctual = jobs.filter(({ id }) => !late.has(id));
  return [
    ...schemaVersions(),
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
function marks(): Sql {
  return check(
    'a project and its child rows belong to the same load',
    sql`select from ${qualified(DATASET, 'api_entities_project')} p
        where p.description like 'mark %' and
          (select array_agg(t.value) from ${qualified(DATASET, TOPICS)} t where t._dlt_parent_id = p._dlt_id)
          is distinct from array_fill(p.description, array[1 + substr(p.description, 6)::int % 3])`,
  );
}

/** How many artifacts a job has can be told from its own row. */
function artifacts(): Sql {
  return check(
    'a job and its child rows belong to the same load',
    sql`select from ${qualified(DATASET, JOB)} j
        where (select count(*) from ${qualified(DATASET, ARTIFACTS)} a where a._dlt_parent_id = j._dlt_id)
          <> case when j.started_at is null then 0 when j.artifacts_file__filename is null then 1 else 3 end`,
  );
}

/** Once a scan has left a cursor, every row that was visible below it is stored. */
function cursorAhead(jobs: readonly { readonly id: number; readonly projectId: number }[]): Sql {
  const ids = literal(`{${jobs.map(({ id }) => id).join(',')}}`);
  const owners = literal(`{${jobs.map(({ projectId }) => projectId).join(',')}}`);
  return check(
    'no cursor is ahead of the rows',
    sql`select from unnest(${ids}::bigint[], ${owners}::bigint[]) w(id, project_id)
        join ${qualified(`${DATASET}_state`, 'partition')} p
          on p.resource = 'jobs' and p.partition_key = w.project_id::text and p.cursor_value is not null
        where w.id <= p.cursor_value::bigint
          and not exists (select from ${qualified(DATASET, JOB)} j where j.id = w.id)`,
  );
}

/** Concurrent schema changes leave one line of versions, and the newest knows every column. */
function schemaVersions(): readonly Sql[] {
  const versions = qualified(DATASET, '_dlt_version');
  return [
    check(
      'schema versions are numbered once',
      sql`select from ${versions} group by schema_name, version having count(*) > 1`,
    ),
    check(
      'the newest schema version has every column',
      sql`with newest as materialized (
            select schema::jsonb -> 'tables' as tables from ${versions} order by version desc limit 1)
          select from newest, pg_class c join pg_attribute a on a.attrelid = c.oid
          where c.relnamespace = ${literal(DATASET)}::regnamespace and c.relkind = 'r'
            and a.attnum > 0 and not a.attisdropped and c.relname not like '\\_dlt\\_%'
            and a.attname not like '${FOREIGN as Sql}%'
            and not coalesce(tables -> c.relname -> 'columns' ? a.attname, false)`,
    ),
  ];
}

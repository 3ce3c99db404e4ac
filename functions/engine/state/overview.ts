import type { ContractViolation } from '../model/schema.ts';
import type { Database } from '../sql/pool.ts';
import { sql } from '../sql/sql.ts';
import { stateNames } from './stateNames.ts';

/** How one resource stands. */
export interface ResourceStatus {
  readonly resource: string;
  readonly partitions: number;
  readonly complete: number;
  readonly inaccessible: number;
  readonly failing: number;
  readonly halted: number;
  readonly held: number;
  /** When the oldest of the last finished scans began; null while a partition was never finished. */
  readonly completeAsOf: Date | null;
  readonly rowsWritten: number;
  readonly lastError: string | null;
}

/** How one of the last runs ended; `ended` is null while it works, or when it was killed. */
export interface RunStatus {
  readonly runId: string;
  readonly trigger: string;
  readonly started: Date;
  readonly ended: Date | null;
  readonly outcome: string | null;
  /** Null while it works, or when it was killed; of older releases `waitedSeconds` is null too. */
  readonly requests: number | null;
  /** How long its requests were held back because of GitLab's limits. */
  readonly waitedSeconds: number | null;
}

/** Reads how every resource stands, from the state alone. */
export async function readResourceStatus(
  database: Database,
  dataset: string,
): Promise<readonly ResourceStatus[]> {
  const { table } = stateNames(dataset);
  const { rows } = await database.query<ResourceStatus>(
    sql`select p.resource, count(*)::int as partitions,
          (count(*) filter (where complete_as_of is not null))::int as complete,
          (count(*) filter (where status = 'inaccessible'))::int as inaccessible,
          (count(*) filter (where status = 'active' and fail_count > 0))::int as failing,
          (count(*) filter (where status = 'halted'))::int as halted,
          (count(*) filter (where lease_until > clock_timestamp()))::int as held,
          case when bool_and(complete_as_of is not null) then min(complete_as_of) end as "completeAsOf",
          coalesce((select sum(rows_written) from ${table('load')} l where l.resource = p.resource), 0)::float8 as "rowsWritten",
          (array_agg(last_error order by updated_at desc) filter (where last_error is not null))[1] as "lastError"
        from ${table('partition')} p where status <> 'gone' group by p.resource order by p.resource`,
  );
  return rows;
}

/** Reads the last runs, newest first. */
export async function readRunStatus(
  database: Database,
  dataset: string,
): Promise<readonly RunStatus[]> {
  const { table } = stateNames(dataset);
  const { rows } = await database.query<RunStatus>(
    sql`select run_id as "runId", trigger, started_at as started, ended_at as ended, outcome,
          (report ->> 'requests')::int as requests, (report ->> 'waitedSeconds')::float8 as "waitedSeconds"
        from ${table('run')} order by started_at desc limit 5`,
  );
  return rows;
}

/** What SCHEMA_CONTRACT has left out at one column, or of a table where `column` is empty. */
export interface ViolationStatus extends Omit<ContractViolation, 'entity'> {
  readonly resource: string;
  readonly entity: 'tables' | 'columns' | 'data_type';
  /** The last load whose rows it was left out of; `_dlt_loads` has it only if it wrote any. */
  readonly lastLoadId: string;
  readonly lastAt: Date;
}

/** Reads what the contract has left out since the state was made; a value counts each time that it is read. */
export async function readViolations(
  database: Pick<Database, 'query'>,
  dataset: string,
): Promise<readonly ViolationStatus[]> {
  const { table } = stateNames(dataset);
  const { rows } = await database.query<ViolationStatus>(
    sql`select resource, entity, mode, table_name as "table", column_name as "column", left_out::float8 as count,
          last_load_id as "lastLoadId", last_at as "lastAt"
        from ${table('contract_violation')} order by resource, table_name, column_name, entity, mode`,
  );
  return rows;
}

/** Whether a run has ever been started on this dataset. */
export async function hasState(
  database: Pick<Database, 'query'>,
  dataset: string,
): Promise<boolean> {
  const { rows } = await database.query(
    sql`select from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = $1::text and c.relname = 'run'`,
    [`${dataset}_state`],
  );
  return rows.length > 0;
}

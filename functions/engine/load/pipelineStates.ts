import type { Check } from '../sql/checks.ts';
import { qualified } from '../sql/identifier.ts';
import type { Database } from '../sql/pool.ts';
import { literal, type Sql, sql } from '../sql/sql.ts';
import { decodeState, type DltPipelineState } from './pipelineState.ts';
import { PIPELINE_STATE } from './pipelineStateTable.ts';

/** What dlt would go on with, were a pipeline of this name attached to the dataset. */
export interface StoredPipelineState {
  readonly pipelineName: string;
  /** The load that brought it. */
  readonly loadId: string;
  readonly createdAt: Date;
  readonly state: DltPipelineState;
}

interface StateRow {
  readonly pipeline_name: string;
  readonly load_id: string;
  readonly created_at: Date;
  readonly state: string;
}

/** State rows `s` that dlt reads, with their loads `l`: those of complete loads. */
export function restorable(dataset: string): Sql {
  return sql`${qualified(dataset, PIPELINE_STATE)} s
    join ${qualified(dataset, '_dlt_loads')} l on l.load_id = s._dlt_load_id and l.status = 0`;
}

/** dlt finds a state of the pipeline from the first load on. */
export function storedStateCheck(dataset: string, pipeline: string): Check {
  return {
    ...{ invariant: 'I16', where: PIPELINE_STATE, promise: 'dlt finds a state to go on with' },
    rows: sql`select load_id as key from (
        select min(load_id) as load_id from ${qualified(dataset, '_dlt_loads')}) first
      where load_id is not null and not exists (
        select from ${restorable(dataset)} where s.pipeline_name = ${literal(pipeline)})`,
  };
}

/** The newest state of each pipeline that has loaded into the dataset, by its name; empty without the tables. */
export async function readPipelineStates(
  database: Pick<Database, 'query'>,
  dataset: string,
): Promise<readonly StoredPipelineState[]> {
  const tables = await database.query(
    sql`select from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = $1::text and c.relname in ('_dlt_loads', '_dlt_pipeline_state')`,
    [dataset],
  );
  if (tables.rows.length < 2) return [];
  const { rows } = await database.query<StateRow>(
    sql`select distinct on (s.pipeline_name) s.pipeline_name, l.load_id, s.created_at, s.state
        from ${restorable(dataset)} order by s.pipeline_name, l.load_id desc`,
  );
  return rows.map((row) => ({
    pipelineName: row.pipeline_name,
    loadId: row.load_id,
    createdAt: row.created_at,
    state: decodeState(row.state),
  }));
}

import { qualified } from '../sql/identifier.ts';
import { type Sql, sql } from '../sql/sql.ts';

/** The table in which dlt keeps what it remembers of its pipelines. */
export const PIPELINE_STATE = '_dlt_pipeline_state';

/** Makes the table as dlt makes it. */
export function createPipelineState(dataset: string): Sql {
  return sql`
create table if not exists ${qualified(dataset, PIPELINE_STATE)} (
  version bigint not null,
  engine_version bigint not null,
  pipeline_name varchar not null,
  state varchar not null,
  created_at timestamp with time zone not null,
  version_hash varchar,
  _dlt_load_id varchar(64) not null,
  _dlt_id varchar unique not null
)`;
}

const column = { nullable: false } as const;

/** The table in dlt's document of a schema: dlt loads it like any other. */
export const PIPELINE_STATE_TABLE = {
  columns: {
    version: { name: 'version', data_type: 'bigint', ...column },
    engine_version: { name: 'engine_version', data_type: 'bigint', ...column },
    pipeline_name: { name: 'pipeline_name', data_type: 'text', ...column },
    state: { name: 'state', data_type: 'text', ...column },
    created_at: { name: 'created_at', data_type: 'timestamp', ...column },
    version_hash: { name: 'version_hash', data_type: 'text', nullable: true },
    _dlt_load_id: { name: '_dlt_load_id', data_type: 'text', ...column, precision: 64 },
    _dlt_id: { name: '_dlt_id', data_type: 'text', ...column, unique: true, row_key: true },
  },
  write_disposition: 'append',
  file_format: 'preferred',
  name: PIPELINE_STATE,
  resource: PIPELINE_STATE,
  'x-normalizer': { 'seen-data': true },
} as const;

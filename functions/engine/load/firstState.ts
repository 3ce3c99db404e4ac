import { createHash } from 'node:crypto';

import type { LoadId } from '../model/ids.ts';
import type { DatasetNames } from '../model/names.ts';
import { qualified } from '../sql/identifier.ts';
import type { Database } from '../sql/pool.ts';
import { literal, type Sql, sql } from '../sql/sql.ts';
import { encodeState, firstState } from './pipelineState.ts';
import { restorable } from './pipelineStates.ts';
import { PIPELINE_STATE } from './pipelineStateTable.ts';

/** The first state of a dataset's pipeline, which the first load brings. */
export interface FirstState {
  /** What a package's message says to it: nothing once dlt would restore a state of the pipeline. */
  statement(load: LoadId, touched: Sql): Sql;
  /** Tells that a package with the statement became a load. */
  written(): void;
}

/** Looks whether dlt would restore a state of the pipeline. */
export async function openFirstState(
  database: Pick<Database, 'query'>,
  dataset: string,
  names: DatasetNames,
): Promise<FirstState> {
  const { rows } = await database.query(
    sql`select from ${restorable(dataset)} where s.pipeline_name = $1::text limit 1`,
    [names.pipeline],
  );
  let isThere = rows.length > 0;
  return {
    statement: (load, touched) => (isThere ? sql`` : insertion(dataset, { names, load, touched })),
    written: () => {
      isThere = true;
    },
  };
}

/**
 * Packages that do this at the same time have the same `_dlt_id`: the second waits for the first and adds nothing. A
 * row whose load was removed from `_dlt_loads`, where dlt no longer finds it, makes room.
 */
function insertion(
  dataset: string,
  {
    names,
    load,
    touched,
  }: { readonly names: DatasetNames; readonly load: LoadId; readonly touched: Sql },
): Sql {
  const table = qualified(dataset, PIPELINE_STATE);
  const state = firstState(dataset, names);
  const id = literal(firstStateId(names));
  return sql`delete from ${table} where ${touched} and _dlt_id = ${id} and not exists (
      select from ${restorable(dataset)} where s._dlt_id = ${id});
    insert into ${table} (version, engine_version, pipeline_name, state, created_at, version_hash, _dlt_load_id, _dlt_id)
    select ${literal(state._state_version.toString())}::bigint, ${literal(state._state_engine_version.toString())}::bigint,
      ${literal(names.pipeline)}, ${literal(encodeState(state))}, clock_timestamp(), ${literal(state._version_hash)},
      ${literal(load)}, ${id}
    where ${touched} and not exists (
      select from ${restorable(dataset)} where s.pipeline_name = ${literal(names.pipeline)})
    on conflict do nothing`;
}

/** 14 characters as dlt's ids have, the same for every first state of a pipeline. */
function firstStateId({ pipeline }: DatasetNames): string {
  const hash = createHash('sha256').update(`${PIPELINE_STATE} ${pipeline} 1`);
  return hash.digest('base64').slice(0, 14);
}

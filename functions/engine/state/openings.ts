import type { RunId } from '../model/ids.ts';
import type { RunRequest } from '../model/run.ts';
import type { Database } from '../sql/pool.ts';
import { sql } from '../sql/sql.ts';
import { selectionOf } from './runs.ts';
import { stateNames } from './stateNames.ts';

/** How long others wait for the first of several equal runs, at most: it may have died. */
const SECONDS = 2;

/** A run that is about to open. */
export interface OpeningRun {
  readonly runId: RunId;
  readonly request: RunRequest;
  /** What it may claim. */
  readonly resources: readonly string[];
}

/** Whether a run is the first of several equal ones that open at the same moment, and that moment. */
export interface Opening {
  readonly isFirst: boolean;
  readonly at: Date;
}

/** Notes that a run opens, unless an equal one has done so less than two seconds ago. */
export async function beginOpening(
  database: Pick<Database, 'query'>,
  dataset: string,
  { runId, request }: OpeningRun,
): Promise<Opening> {
  const { rows } = await database.query<Opening>(
    sql`with begun as (
          insert into ${stateNames(dataset).table('meta')} as known (key, value)
          values ('opening ' || md5($1::text), jsonb_build_object('run', $2::text, 'at', clock_timestamp()))
          on conflict (key) do update set value = excluded.value
            where (known.value ->> 'at')::timestamptz < clock_timestamp() - make_interval(secs => $3::int)
          returning true)
        select exists (select from begun) as "isFirst", date_trunc('milliseconds', clock_timestamp()) as at`,
    [selectionOf(request), runId, SECONDS],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('the opening was not noted');
  return row;
}

/** Whether an equal run that began less than two seconds ago has neither claimed anything nor ended. */
export async function isOpening(
  database: Pick<Database, 'query'>,
  dataset: string,
  { runId, request, resources }: OpeningRun,
): Promise<boolean> {
  const { table } = stateNames(dataset);
  const { rows } = await database.query(
    sql`select from ${table('meta')} m, cast(m.value ->> 'run' as uuid) first
        where m.key = 'opening ' || md5($1::text) and first <> $2::uuid
          and (m.value ->> 'at')::timestamptz >= clock_timestamp() - make_interval(secs => $3::int)
          and not exists (select from ${table('partition')} p where p.resource = any ($4::text[]) and p.owner = first)
          and not exists (select from ${table('run')} r where r.run_id = first and r.ended_at is not null)`,
    [selectionOf(request), runId, SECONDS, resources],
  );
  return rows.length > 0;
}

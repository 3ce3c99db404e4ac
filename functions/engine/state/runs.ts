import type { RunId } from '../model/ids.ts';
import type { RunReport, RunRequest } from '../model/run.ts';
import type { Database } from '../sql/pool.ts';
import { sql } from '../sql/sql.ts';
import { stateNames } from './stateNames.ts';

/**
 * Notes that a run began; returns the instants that it is about, by the database's clock, oldest first. Before its own
 * comes the oldest one that runs of the same selection have left unfinished: a run that always began anew would spend
 * its time on the first resources for ever. An instant in the future, in which no scan could have begun, becomes now.
 */
export async function beginRun(
  database: Database,
  dataset: string,
  { runId, request }: { readonly runId: RunId; readonly request: RunRequest },
): Promise<readonly Date[]> {
  const { table } = stateNames(dataset);
  const { rows } = await database.query<{ own: Date; unfinished: Date | null }>(
    sql`with own as (
          insert into ${table('run')} (run_id, trigger, request, selection, as_of)
          values ($1::uuid, $2::text, $3::jsonb, $4::text,
                  date_trunc('milliseconds', least($5::timestamptz, clock_timestamp())))
          on conflict (run_id) do update set trigger = excluded.trigger
          returning as_of)
        select own.as_of as own, min(r.as_of) filter (where r.outcome is distinct from 'done') as unfinished
        from own left join ${table('run')} r on r.selection = $4::text and r.as_of < own.as_of and r.as_of > coalesce(
          (select max(d.as_of) from ${table('run')} d where d.selection = $4::text and d.outcome = 'done'), '-infinity')
        group by own.as_of`,
    [runId, request.trigger, JSON.stringify(request), selectionOf(request), request.asOf ?? null],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('the run was not stored');
  return row.unfinished === null ? [row.own] : [row.unfinished, row.own];
}

/** Runs with an equal selection go on with one another's work. */
function selectionOf({ families, resources, partition, mode }: RunRequest): string {
  const sorted = (names: readonly string[] | undefined): readonly string[] | null =>
    names?.toSorted() ?? null;
  return JSON.stringify([sorted(families), sorted(resources), partition ?? null, mode]);
}

/** Notes how a run ended. */
export async function recordRunEnd(
  database: Database,
  dataset: string,
  report: RunReport,
): Promise<void> {
  const { table } = stateNames(dataset);
  await database.query(
    sql`update ${table('run')} set ended_at = clock_timestamp(), outcome = $2::text, report = $3::jsonb
        where run_id = $1::uuid`,
    [report.runId, report.outcome, JSON.stringify(report)],
  );
}

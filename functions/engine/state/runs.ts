import type { RunId } from '../model/ids.ts';
import type { RunReport, RunRequest } from '../model/run.ts';
import type { Database } from '../sql/pool.ts';
import { sql } from '../sql/sql.ts';
import { stateNames } from './stateNames.ts';

/** A run that begins. A `bounded` run ends with its time budget, so it takes on one instant only. */
export interface BeginningRun {
  readonly runId: RunId;
  readonly request: RunRequest;
  readonly length: 'bounded' | 'unbounded';
}

/**
 * Notes that a run began; returns the instants to bring everything up to, by the database's clock, oldest first: the
 * oldest one that runs of the same selection have left unfinished, then its own. Bounded runs that always began anew
 * would spend their time on the first resources for ever, so they finish what is unfinished instead of their own.
 * An instant in the future, in which no scan could have begun, becomes now.
 */
export async function beginRun(
  database: Database,
  dataset: string,
  { runId, request, length }: BeginningRun,
): Promise<readonly Date[]> {
  const { table } = stateNames(dataset);
  const { rows } = await database.query<{ own: Date; unfinished: Date | null }>(
    sql`with own as (
          select date_trunc('milliseconds', least($5::timestamptz, clock_timestamp())) as as_of),
        finished as (
          select max(as_of) as as_of from ${table('run')} where selection = $4::text and as_of_reached),
        unfinished as (
          select min(r.as_of) as as_of from own, finished, ${table('run')} r
          where r.selection = $4::text and not r.as_of_reached
            and r.as_of < own.as_of and (finished.as_of is null or r.as_of > finished.as_of)),
        begun as (
          insert into ${table('run')} (run_id, trigger, request, selection, as_of)
          select $1::uuid, $2::text, $3::jsonb, $4::text,
                 case when $6::boolean then coalesce(unfinished.as_of, own.as_of) else own.as_of end
          from own, unfinished on conflict (run_id) do nothing)
        select own.as_of as own, unfinished.as_of as unfinished from own, unfinished`,
    [
      runId,
      request.trigger,
      JSON.stringify(request),
      selectionOf(request),
      request.asOf ?? null,
      length === 'bounded',
    ],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('the run was not stored');
  if (row.unfinished === null) return [row.own];
  return length === 'bounded' ? [row.unfinished] : [row.unfinished, row.own];
}

/** Runs with an equal selection go on with one another's work. */
export function selectionOf({ families, resources, partition, mode }: RunRequest): string {
  const sorted = (names: readonly string[] | undefined): readonly string[] | null =>
    names?.toSorted() ?? null;
  return JSON.stringify([sorted(families), sorted(resources), partition ?? null, mode]);
}

/**
 * Notes how a run ended. `reached` when everything was brought up to its instant but for partitions that failed: those
 * stay due, and later runs need not stay at this instant because of them.
 */
export async function recordRunEnd(
  database: Database,
  dataset: string,
  { report, asOf }: { readonly report: RunReport; readonly asOf: 'reached' | 'not reached' },
): Promise<void> {
  const { table } = stateNames(dataset);
  await database.query(
    sql`update ${table('run')} set ended_at = clock_timestamp(), outcome = $2::text, report = $3::jsonb,
          as_of_reached = $4::boolean
        where run_id = $1::uuid`,
    [report.runId, report.outcome, JSON.stringify(report), asOf === 'reached'],
  );
}

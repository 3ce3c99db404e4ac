import type { RunId } from '../model/ids.ts';
import type { RunReport, RunRequest } from '../model/run.ts';
import type { Database } from '../sql/pool.ts';
import { sql } from '../sql/sql.ts';
import { stateNames } from './stateNames.ts';

/** Notes that a run began. Runs are for people to read; nothing depends on them. */
export async function recordRunStart(
  database: Database,
  dataset: string,
  { runId, request }: { readonly runId: RunId; readonly request: RunRequest },
): Promise<void> {
  const { table } = stateNames(dataset);
  await database.query(
    sql`insert into ${table('run')} (run_id, trigger, request) values ($1::uuid, $2::text, $3::jsonb)`,
    [runId, request.trigger, JSON.stringify(request)],
  );
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

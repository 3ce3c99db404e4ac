import { readLiveSchema } from '../load/liveSchema.ts';
import { type CountSource, countTargets, storedRowBytes } from '../load/storedCounts.ts';
import { LoaderError } from '../model/errors.ts';
import type { ResourceSpec } from '../model/resource.ts';
import type { RunRequest } from '../model/run.ts';
import type { Database } from '../sql/pool.ts';
import { sql } from '../sql/sql.ts';
import { completeResources } from '../state/completeResources.ts';
import { isStateCurrent } from '../state/migrate.ts';
import { readScanHistory, type ScanHistory } from '../state/scanHistory.ts';

/** What earlier runs have left, as planning needs it; every part only reads. */
export interface PlanState {
  readonly complete: ReadonlySet<string>;
  readonly history: (resource: ResourceSpec, request: RunRequest) => Promise<ScanHistory>;
  /** Stored values that a resource asks for; null where counting them takes too long, undefined where it asks for none. */
  readonly targets: (
    resource: ResourceSpec,
    scans: 'first' | 'later',
  ) => Promise<number | null | undefined>;
  readonly rowBytes: (resource: ResourceSpec) => Promise<number | undefined>;
}

/** Opens the state of a dataset; undefined where there is none, or one of an older release. */
export async function openPlanState({
  database,
  dataset,
  resources,
  quietHours,
}: {
  readonly database: Database;
  readonly dataset: string;
  readonly resources: readonly ResourceSpec[];
  readonly quietHours: number;
}): Promise<PlanState | undefined> {
  if (!(await isStateCurrent(database, dataset))) return undefined;
  const complete = await completeResources(database, dataset);
  const source: CountSource = {
    ...{ database, dataset },
    schema: await readLiveSchema(database, dataset, undefined),
    resources: new Map(resources.map((resource) => [resource.id, resource])),
  };
  const { rows } = await database.query<{ now: Date }>(sql`select clock_timestamp() as now`);
  const asOf = rows[0]?.now ?? new Date(0);
  return {
    complete,
    history: (resource, { partition }) =>
      readScanHistory(database, dataset, {
        ...{ resource, asOf, partition, quietHours, backoff: 'ignore' },
      }),
    targets: (resource, scans) => orNull(countTargets(source, resource, scans)),
    rowBytes: async (resource) => (await orNull(storedRowBytes(source, resource))) ?? undefined,
  };
}

/** What takes the database too long is not known. */
async function orNull<T>(counted: Promise<T>): Promise<T | null> {
  try {
    return await counted;
  } catch (error) {
    if (error instanceof LoaderError && error.code === 'E_DATABASE') return null;
    throw error;
  }
}

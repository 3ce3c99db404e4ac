import { allResources, selectResources } from '../catalog/selection.ts';
import { probe } from '../extract/identity.ts';
import { readDltSchema } from '../load/dltVersion.ts';
import { readLiveSchema } from '../load/liveSchema.ts';
import { NEW_DATASET_NAMES } from '../model/names.ts';
import { parseScope } from '../plan/scope.ts';
import { UNHURRIED } from '../sql/transaction.ts';
import { readNames } from '../state/datasetNames.ts';
import { requireCurrentState } from '../state/migrate.ts';
import { hasState, readViolations } from '../state/overview.ts';
import { timeBudget } from './budget.ts';
import { compareResource } from './compareResource.ts';
import type { ComparisonContext, ResourceCompleteness } from './completeness.ts';
import { openDatabase } from './openDatabase.ts';
import { openClient, type RunEntrance } from './openRun.ts';

/** What the entrance of the command hands over. */
export type ComparisonEntrance = Pick<
  RunEntrance,
  'settings' | 'catalog' | 'signal' | 'now' | 'random' | 'connector'
>;

/** What is compared, and who sees each resource as soon as it is done. */
export interface ComparisonOrder {
  /** All of the catalogue unless some are named. */
  readonly resources?: readonly string[] | undefined;
  readonly partition?: string | undefined;
  /** Partitions that GitLab is asked about at most. */
  readonly requests: number;
  readonly report: (completeness: ResourceCompleteness) => void;
}

/**
 * Compares what is stored with what GitLab counts and keeps the counts. Undefined where nothing has been loaded. It changes
 * no row and no position.
 */
export async function verifyGitlab(
  entrance: ComparisonEntrance,
  order: ComparisonOrder,
): Promise<readonly ResourceCompleteness[] | undefined> {
  const { settings, catalog, now, connector } = entrance;
  const { resources } = order;
  const chosen = selectResources(catalog, resources === undefined ? {} : { resources });
  const scope = parseScope(settings.gitlabScope);
  const client = await openClient(
    { ...entrance, report: () => undefined },
    timeBudget(undefined, entrance),
  );
  try {
    const database = await openDatabase(settings, {
      ...{ applicationName: 'gitlab-alloydb/verify', max: 4, timeouts: UNHURRIED, connector },
    });
    try {
      if (!(await hasState(database, settings.dataset))) return undefined;
      const { isAdmin } = await probe(client, entrance.signal);
      const known = { ...entrance, database, client, scope, isAdmin };
      const context = await openComparison(known, order.requests);
      const found: ResourceCompleteness[] = [];
      for (const resource of chosen) {
        const completeness = await compareResource(context, resource, {
          ...order,
          partition: order.partition,
          now,
        });
        if (completeness === undefined) continue;
        found.push(completeness);
        order.report(completeness);
      }
      return found;
    } finally {
      await database.close();
    }
  } finally {
    client.close();
  }
}

type Known = ComparisonEntrance &
  Pick<ComparisonContext, 'database' | 'client' | 'scope' | 'isAdmin'>;

async function openComparison(
  { settings, catalog, database, ...known }: Known,
  requests: number,
): Promise<ComparisonContext> {
  const { dataset, concurrency } = settings;
  await requireCurrentState(database, dataset);
  const names = (await readNames(database, dataset)) ?? NEW_DATASET_NAMES;
  const stored = await readDltSchema(database, dataset, names.schema);
  const violations = await readViolations(database, dataset);
  const rows = violations.filter(({ mode }) => mode === 'discard_row');
  return {
    ...{ ...known, database, dataset, concurrency },
    schema: await readLiveSchema(database, dataset, stored),
    resources: new Map(allResources(catalog).map((resource) => [resource.id, resource])),
    leftOut: new Set(rows.flatMap(({ table, resource }) => [table, resource])),
    quota: { left: requests },
  };
}

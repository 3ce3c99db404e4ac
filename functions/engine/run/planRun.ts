import { allResources, inParentOrder } from '../catalog/selection.ts';
import { type Identity, probe } from '../extract/identity.ts';
import type { RunRequest } from '../model/run.ts';
import { chooseResources } from '../plan/choose.ts';
import { estimateResource, type ResourceEstimate } from '../plan/estimate.ts';
import { parseResources } from '../plan/resources.ts';
import { parseScope } from '../plan/scope.ts';
import { type PlanTotal, totalOf } from '../plan/total.ts';
import { timeBudget } from './budget.ts';
import { factsReader } from './factsReader.ts';
import { quietHours } from './followActivity.ts';
import { openDatabase } from './openDatabase.ts';
import { openClient, type RunEntrance } from './openRun.ts';
import { openSampler, type Sampler } from './planSampler.ts';
import { openPlanState, type PlanState } from './planState.ts';

const PLAN_SECONDS = 300;

/** What a run would do now. */
export interface RunPlan {
  readonly dataset: string;
  /** `state`: earlier runs tell. `samples`: nothing has been loaded, so a few requests stand for all. */
  readonly from: 'state' | 'samples';
  readonly resources: readonly ResourceEstimate[];
  /** Resources that only an administrator's token would read. */
  readonly adminOnly: readonly string[];
  readonly total: PlanTotal;
  /** Requests that a minute allows; null where GitLab tells of no limit. */
  readonly requestsPerMinute: number | null;
  readonly concurrency: number;
  /** What planning itself has asked. */
  readonly requestsSent: number;
}

/** What the entrance of the command hands over. */
export type PlanEntrance = Pick<
  RunEntrance,
  'settings' | 'catalog' | 'signal' | 'now' | 'random' | 'connector'
>;

/**
 * Estimates what a run of this request would ask and store. Reads the state if there is one and asks GitLab two
 * requests for a resource at most; writes nothing.
 */
export async function planRun(entrance: PlanEntrance, request: RunRequest): Promise<RunPlan> {
  const { settings, catalog, signal, connector } = entrance;
  const all = allResources(catalog);
  // Unknown names and a bad scope are told before anything is opened.
  chooseResources(catalog, request, { isAdmin: true, complete: new Set() });
  const scope = parseScope(settings.gitlabScope);
  const client = await openClient(
    { ...entrance, report: () => undefined },
    timeBudget(PLAN_SECONDS, entrance),
  );
  try {
    const database = await openDatabase(settings, {
      ...{ applicationName: 'gitlab-alloydb/plan', max: 1, connector },
    });
    try {
      const state = await openPlanState({
        ...{ database, dataset: settings.dataset, resources: all },
        quietHours: quietHours({ settings, request }),
      });
      const identity = await probe(client, signal);
      const sampler = await openSampler({ ...entrance, client, scope, isAdmin: identity.isAdmin });
      const plan = await planWith({ entrance, state, sampler, identity }, request);
      return { ...plan, requestsSent: client.requests };
    } finally {
      await database.close();
    }
  } finally {
    client.close();
  }
}

interface PlanTools {
  readonly entrance: PlanEntrance;
  readonly state: PlanState | undefined;
  readonly sampler: Sampler;
  readonly identity: Identity;
}

async function planWith(
  { entrance, state, sampler, identity }: PlanTools,
  request: RunRequest,
): Promise<Omit<RunPlan, 'requestsSent'>> {
  const { settings, catalog } = entrance;
  const choice = chooseResources(catalog, request, {
    isAdmin: identity.isAdmin,
    filter: parseResources(settings.resources),
    complete: state?.complete ?? new Set(),
  });
  const estimates = new Map<string, ResourceEstimate>();
  const factsOf = factsReader({ settings, state, sampler, estimates, request });
  for (const resource of inParentOrder(choice.resources, catalog).flat())
    estimates.set(resource.id, estimateResource(resource, await factsOf(resource)));
  const resources = [...estimates.values()];
  const { requestsPerMinute, millisecondsPerRequest } = sampler.pace();
  const { concurrency } = settings;
  return {
    dataset: settings.dataset,
    from: state === undefined ? 'samples' : 'state',
    resources,
    adminOnly: choice.adminOnly.map(({ id }) => id),
    total: totalOf(resources, { requestsPerMinute, millisecondsPerRequest, concurrency }),
    requestsPerMinute: requestsPerMinute ?? null,
    concurrency,
  };
}

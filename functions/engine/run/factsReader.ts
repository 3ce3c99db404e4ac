import type { PlainSettings } from '../config/settings.ts';
import type { ResourceSpec } from '../model/resource.ts';
import { scopeOf } from '../model/resource.ts';
import type { RunRequest } from '../model/run.ts';
import {
  constantsOf,
  firstPartitions,
  hasStoredTargets,
  type History,
  type ResourceEstimate,
  type ResourceFacts,
} from '../plan/estimate.ts';
import type { Sampler } from './planSampler.ts';
import type { PlanState } from './planState.ts';

interface FactsOptions {
  readonly settings: Pick<PlainSettings, 'dictionaryTables' | 'gitlabScope'>;
  readonly state: PlanState | undefined;
  readonly sampler: Sampler;
  /** Those of the resources before: what they bring is asked for below them. */
  readonly estimates: ReadonlyMap<string, ResourceEstimate>;
  readonly request: RunRequest;
}

/** Gathers what is known of a resource: from the state where it has been read before, else from GitLab. */
export function factsReader(options: FactsOptions) {
  const { settings, state, sampler, request } = options;
  return async (resource: ResourceSpec): Promise<ResourceFacts> => {
    const history = await state?.history(resource, request);
    const isRead = history !== undefined && history.known > 0;
    const known = isRead ? history : undefined;
    const needsSamples = known === undefined && !hasStoredTargets(resource);
    return {
      history: known,
      newPartitions: newPartitions(resource, known, options),
      samples: needsSamples ? await sampler.sample(resource) : [],
      constants: constantsOf(resource, settings),
      targets: await targetsOf(resource, known, options),
      storedBytesPerRow: isRead ? await state?.rowBytes(resource) : undefined,
    };
  };
}

/** Projects and groups that were made since the last run; which of them a scope admits nobody can tell. */
function newPartitions(
  resource: ResourceSpec,
  history: History | undefined,
  { sampler, settings, request }: FactsOptions,
): number {
  if (request.partition !== undefined) return history === undefined ? 1 : 0;
  if (history === undefined) return firstPartitions(resource, sampler.members);
  const scope = scopeOf(resource);
  if (scope === 'instance' || settings.gitlabScope !== '') return 0;
  return Math.max(0, sampler.members[scope] - history.known);
}

async function targetsOf(
  resource: ResourceSpec,
  history: History | undefined,
  { state, estimates }: FactsOptions,
): Promise<number | null | undefined> {
  if (!hasStoredTargets(resource)) return undefined;
  if (history !== undefined && history.due === 0) return 0;
  const isRead = history !== undefined && history.unread < history.due;
  const stored = await state?.targets(resource, isRead ? 'later' : 'first');
  const coming = rowsBefore(resource, estimates);
  if (isRead || coming === undefined) return stored ?? null;
  return coming;
}

/** Rows of the parent that the same run would read first; undefined where it would not. */
function rowsBefore(
  { bind }: ResourceSpec,
  estimates: ReadonlyMap<string, ResourceEstimate>,
): number | null | undefined {
  const parent = Object.values(bind).find(({ from }) => from === 'parent');
  if (parent?.from !== 'parent') return undefined;
  return estimates.get(parent.resource)?.rows.expected;
}

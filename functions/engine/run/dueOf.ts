import { type ResourceSpec, scopeOf } from '../model/resource.ts';
import type { RunRequest } from '../model/run.ts';
import { type ClaimRequest, remainingPartitions } from '../state/partitions.ts';
import type { RunContext } from './context.ts';
import { quietHours } from './followActivity.ts';

/** The run's instant, and what decides which partitions are due at it. */
export type Tick = Pick<RunContext, 'asOf' | 'request' | 'settings'>;

/** What is due of a resource for a run, at most one partition of it until somebody says otherwise. */
export function dueOf(tick: Tick, resource: ResourceSpec): ClaimRequest {
  const { asOf, request } = tick;
  return {
    ...{ resource, asOf, limit: 1, except: [] },
    // The projects or groups themselves are one partition, whichever of them is asked for.
    partition: scopeOf(resource) === 'instance' ? undefined : request.partition,
    backoff: backoffOf(request),
    quietHours: quietHours(tick),
  };
}

/** A person who asks for everything again, or for one partition, wants to know whether GitLab still refuses it. */
function backoffOf({ trigger, mode, partition }: RunRequest): ClaimRequest['backoff'] {
  if (trigger !== 'manual') return 'respect';
  return mode === 'full' || partition !== undefined ? 'ignore-all' : 'ignore';
}

/** Whether other runs hold every partition of these resources that is due, as far as the state knows them. */
export async function isAllHeld(
  tick: Tick & Pick<RunContext, 'claims'>,
  resources: readonly ResourceSpec[],
): Promise<boolean> {
  let held = 0;
  for (const resource of resources) {
    const remaining = await remainingPartitions(tick.claims, dueOf(tick, resource));
    if (remaining.due > 0) return false;
    held += remaining.held;
  }
  return held > 0;
}

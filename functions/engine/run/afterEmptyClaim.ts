import { setTimeout as sleep } from 'node:timers/promises';

import type { Report } from '../model/events.ts';
import type { ResourceSpec } from '../model/resource.ts';
import { RUNS_UNTIL_HALT } from '../state/outcomes.ts';
import { type ClaimRequest, releaseAll, remainingPartitions } from '../state/partitions.ts';
import type { RunContext } from './context.ts';

const POLL_MILLISECONDS = 1_000;
const LEAST_WAIT_MILLISECONDS = 50;

/** Nothing could be claimed: is everything done, held by another run, or free again after a while? */
export async function afterEmptyClaim(
  context: RunContext,
  claim: ClaimRequest,
): Promise<'done' | 'held' | 'waiting' | 'again'> {
  const { claims, request, budget, report } = context;
  let remaining = await remainingPartitions(claims, claim);
  if (remaining.own > 0) {
    // A claim whose answer was lost left leases that nobody here works on.
    await releaseAll(claims, claim.resource);
    remaining = await remainingPartitions(claims, claim);
  }
  if (remaining.halted > 0) tellHalted(context, claim.resource, remaining.halted);
  if (remaining.due + remaining.held === 0) {
    if (remaining.waiting === 0) return 'done';
    tellWaiting(report, claim.resource, remaining.waiting);
    return 'waiting';
  }
  if (remaining.due === 0 && request.until === 'once') return 'held';
  // What is due but could not be claimed is locked for a moment by another run's claim.
  const free = remaining.due > 0 ? 0 : (remaining.freeInMilliseconds ?? 0);
  const wait = Math.min(POLL_MILLISECONDS, Math.max(LEAST_WAIT_MILLISECONDS, free));
  await sleep(wait, undefined, { signal: budget.signal }).catch(() => undefined);
  return 'again';
}

function tellWaiting(report: Report, { id }: ResourceSpec, waiting: number): void {
  const they = waiting === 1 ? 'it' : 'they';
  const message = `${partitionsAre(waiting)} left alone for a while, because ${they} failed or GitLab asked to wait.`;
  report({ event: 'problem', code: 'NOTICE', resource: id, message });
}

/** Once in a run: nothing of them is loaded, so the run does not pass for a success. */
function tellHalted({ report, noticed }: RunContext, { id }: ResourceSpec, halted: number): void {
  const mark = `halted ${id}`;
  if (noticed.has(mark)) return;
  noticed.add(mark);
  const message = `${partitionsAre(halted)} halted, because ${RUNS_UNTIL_HALT.toString()} runs in a row failed in the same way.`;
  report({ event: 'problem', code: 'E_HALTED', resource: id, message });
}

function partitionsAre(count: number): string {
  return count === 1 ? 'One partition is' : `${count.toString()} partitions are`;
}

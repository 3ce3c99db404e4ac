import { setTimeout as sleep } from 'node:timers/promises';

import type { LimitFunction } from 'p-limit';

import type { Report } from '../model/events.ts';
import type { PartitionTask } from '../model/position.ts';
import { type ResourceSpec, scopeOf } from '../model/resource.ts';
import { RUNS_UNTIL_HALT } from '../state/outcomes.ts';
import {
  claimPartitions,
  type ClaimRequest,
  releaseAll,
  remainingPartitions,
} from '../state/partitions.ts';
import type { RunContext } from './context.ts';
import { giveUp, loadPartition } from './loadPartition.ts';
import type { Packager } from './packager.ts';
import { quarantineTeller } from './quarantineTeller.ts';
import { resourcePackager } from './resourcePackager.ts';

const POLL_MILLISECONDS = 1_000;
const LEAST_WAIT_MILLISECONDS = 50;

/** How a resource stands after an invocation. */
export type ResourceOutcome = 'done' | 'waiting' | 'suspended';

/** Loads the due partitions of one resource, `slots` of all resources at a time. */
export async function loadResource(
  context: RunContext,
  resource: ResourceSpec,
  slots: LimitFunction,
): Promise<ResourceOutcome> {
  const { budget, report, tally } = context;
  const givenUp = givenUpOf(context, resource);
  report({ event: 'resource-started', resource: resource.id });
  const teller = quarantineTeller(context, resource);
  const packager = await resourcePackager(context, resource, teller);
  let suspended = false;
  let waiting = false;
  while (budget.allowsMore()) {
    const request = claimRequest(context, resource, givenUp);
    const tasks = await claimPartitions(context.claims, request);
    if (tasks.length === 0) {
      const next = await afterEmptyClaim(context, request);
      if (next === 'again') continue;
      suspended ||= next === 'held';
      waiting = next === 'waiting';
      break;
    }
    if (await loadTasks(context, tasks, { packager, slots, givenUp })) suspended = true;
  }
  await packager.drain();
  teller.tell();
  report({ event: 'resource-finished', resource: resource.id, ...tally.of(resource) });
  if (suspended || !budget.allowsMore()) return 'suspended';
  return waiting ? 'waiting' : 'done';
}

interface TaskTools {
  readonly packager: Packager;
  readonly slots: LimitFunction;
  readonly givenUp: Set<string>;
}

function givenUpOf({ givenUp }: RunContext, { id }: ResourceSpec): Set<string> {
  const known = givenUp.get(id) ?? new Set<string>();
  givenUp.set(id, known);
  return known;
}

/** Loads claimed partitions; true when one of them must be gone on with later. */
async function loadTasks(
  context: RunContext,
  tasks: readonly PartitionTask[],
  { packager, slots, givenUp }: TaskTools,
): Promise<boolean> {
  const read = await Promise.all(
    tasks.map((task) => slots(() => loadPartition(context, task, packager))),
  );
  await packager.drain();
  for (const { partition } of read) {
    if (!partition.signal.aborted) continue;
    const outcome = await giveUp(context, partition);
    if (outcome === 'given-up') givenUp.add(partition.task.partition);
  }
  return read.some(({ outcome }) => outcome === 'suspended');
}

function claimRequest(
  { request, settings, asOf }: RunContext,
  resource: ResourceSpec,
  givenUp: ReadonlySet<string>,
): ClaimRequest {
  return {
    resource,
    asOf,
    limit: settings.concurrency * 2,
    // The projects or groups themselves are one partition, whichever of them is asked for.
    partition: scopeOf(resource) === 'instance' ? undefined : request.partition,
    backoff: request.trigger === 'manual' ? 'ignore' : 'respect',
    except: [...givenUp],
  };
}

/** Nothing could be claimed: is everything done, held by another run, or free again after a while? */
async function afterEmptyClaim(
  context: RunContext,
  claim: ClaimRequest,
): Promise<'done' | 'held' | 'waiting' | 'again'> {
  const { claims, request, budget, report } = context;
  // A claim whose answer was lost left leases that nobody here works on.
  await releaseAll(claims, claim.resource);
  const remaining = await remainingPartitions(claims, claim);
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
  const message = `${waiting.toString()} partitions are left alone for a while, because they failed or GitLab asked to wait.`;
  report({ event: 'problem', code: 'NOTICE', resource: id, message });
}

/** Once in a run: nothing of them is loaded, so the run does not pass for a success. */
function tellHalted({ report, noticed }: RunContext, { id }: ResourceSpec, halted: number): void {
  const mark = `halted ${id}`;
  if (noticed.has(mark)) return;
  noticed.add(mark);
  const them = halted === 1 ? 'One partition is' : `${halted.toString()} partitions are`;
  const message = `${them} halted, because ${RUNS_UNTIL_HALT.toString()} runs in a row failed in the same way.`;
  report({ event: 'problem', code: 'E_HALTED', resource: id, message });
}

import type { LimitFunction } from 'p-limit';

import type { PartitionTask } from '../model/position.ts';
import type { ResourceSpec } from '../model/resource.ts';
import { releasePartition } from '../state/outcomes.ts';
import { claimPartitions, type ClaimRequest } from '../state/partitions.ts';
import { afterEmptyClaim } from './afterEmptyClaim.ts';
import { type Bell, openBell } from './bell.ts';
import type { RunContext } from './context.ts';
import type { ActivePartition } from './drafts.ts';
import { dueOf } from './dueOf.ts';
import { giveUp, loadPartition } from './loadPartition.ts';
import type { Packager } from './packager.ts';
import { sweepHours } from './sweepPlan.ts';

/** How a resource stands after an invocation; `held`: another run has all that is left. */
export type ResourceOutcome = 'done' | 'waiting' | 'held' | 'suspended';

/** What the partitions of a resource are loaded with. */
export interface LoadTools {
  readonly packager: Packager;
  /** Partitions of all resources that are read at a time. */
  readonly slots: LimitFunction;
}

interface Loading extends LoadTools {
  readonly context: RunContext;
  readonly resource: ResourceSpec;
  /** Partitions that are claimed and not yet read. */
  readonly reading: Set<string>;
  /** Partitions that were read; their last package may still fail. */
  readonly unsettled: Set<ActivePartition>;
  /** Partitions that failed in this run. */
  readonly givenUp: Set<string>;
  /** Rings when a partition was read, or could not be. */
  readonly bell: Bell;
  suspended: boolean;
  /** Something was claimed: when the time is over, nothing is claimed after that. */
  hasClaimed: boolean;
  /** The last claim found nothing, and nothing was given back since. */
  exhausted: boolean;
}

/** Read partitions that are remembered before their packages are waited for. */
const MOST_UNSETTLED = 1_000;

/**
 * Loads the due partitions of one resource. Whenever half of those that were claimed have been read, more are claimed: a
 * large one keeps no other waiting.
 */
export async function loadDue(
  context: RunContext,
  resource: ResourceSpec,
  tools: LoadTools,
): Promise<ResourceOutcome> {
  const loading: Loading = {
    ...{ ...tools, context, resource, reading: new Set(), unsettled: new Set() },
    ...{ givenUp: givenUpOf(context, resource), bell: openBell() },
    ...{ suspended: false, hasClaimed: false, exhausted: false },
  };
  try {
    return await loadUntilIdle(loading);
  } catch (error) {
    context.stop(error);
    while (loading.reading.size > 0) await loading.bell.rung();
    throw error;
  }
}

async function loadUntilIdle(loading: Loading): Promise<ResourceOutcome> {
  for (;;) {
    await claimMore(loading);
    if (loading.reading.size > 0) {
      await loading.bell.rung();
      if (loading.unsettled.size > MOST_UNSETTLED) await settle(loading);
      await giveUpFailed(loading);
      continue;
    }
    await settle(loading);
    const outcome = await outcomeWhenIdle(loading);
    if (outcome !== 'again') return outcome;
  }
}

/** Waits for the packages of everything that has been read. */
async function settle(loading: Loading): Promise<void> {
  const read = [...loading.unsettled];
  await loading.packager.drain();
  await giveUpFailed(loading);
  for (const partition of read) loading.unsettled.delete(partition);
}

async function outcomeWhenIdle(loading: Loading): Promise<ResourceOutcome | 'again'> {
  const { budget } = loading.context;
  if (!budget.mayBegin()) return 'suspended';
  const next = loading.exhausted
    ? await afterEmptyClaim(loading.context, claimRequest(loading))
    : 'again';
  if (next !== 'again') return loading.suspended ? 'suspended' : next;
  loading.exhausted = false;
  return budget.allowsMore() ? next : 'suspended';
}

function givenUpOf({ givenUp }: RunContext, { id }: ResourceSpec): Set<string> {
  const known = givenUp.get(id) ?? new Set<string>();
  givenUp.set(id, known);
  return known;
}

/** Claims partitions while at most as many are being read as there are places, so that each place has a next one. */
async function claimMore(loading: Loading): Promise<void> {
  const { context, reading } = loading;
  const places = context.settings.concurrency;
  if (loading.exhausted || reading.size > places || !mayClaim(loading)) return;
  const tasks = await claimPartitions(context.claims, claimRequest(loading));
  loading.exhausted = tasks.length === 0;
  loading.hasClaimed ||= tasks.length > 0;
  for (const task of tasks) {
    reading.add(task.partition);
    void loading
      .slots(() => readOne(loading, task))
      .catch(context.stop)
      .finally(() => {
        reading.delete(task.partition);
        loading.bell.ring();
      });
  }
}

/** Partitions that are given back to be read again would otherwise keep one another going when the time is over. */
function mayClaim({ context: { budget }, hasClaimed }: Loading): boolean {
  return hasClaimed ? budget.allowsMore() : budget.mayBegin();
}

async function readOne(loading: Loading, task: PartitionTask): Promise<void> {
  const { context, unsettled, packager } = loading;
  if (!context.budget.mayBegin()) {
    loading.suspended = true;
    await releasePartition(context.claims, task);
    return;
  }
  const { partition, outcome } = await loadPartition(context, task, packager);
  unsettled.add(partition);
  if (outcome === 'suspended') loading.suspended = true;
}

/** Notes what failed, in the reading or in a package that came later. */
async function giveUpFailed(loading: Loading): Promise<void> {
  const { context, unsettled, givenUp } = loading;
  for (const partition of unsettled) {
    if (!partition.signal.aborted) continue;
    unsettled.delete(partition);
    const outcome = await giveUp(context, partition);
    if (outcome === 'given-up') givenUp.add(partition.task.partition);
    else loading.exhausted = false;
  }
}

function claimRequest({ context, resource, reading, unsettled, givenUp }: Loading): ClaimRequest {
  const underWay = [...unsettled].map(({ task }) => task.partition);
  return {
    ...dueOf(context, resource),
    limit: context.settings.concurrency * 2 - reading.size,
    except: [...givenUp, ...reading, ...underWay],
    sweepEveryHours: sweepHours(context, resource),
  };
}

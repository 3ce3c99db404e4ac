import { readPages } from '../extract/pages.ts';
import type { PagePorts } from '../extract/ports.ts';
import { LoaderError } from '../model/errors.ts';
import type { Page } from '../model/page.ts';
import type { PartitionTask } from '../model/position.ts';
import { keepsWholeScan } from '../model/writeMethod.ts';
import { failPartition, finishScan, releasePartition } from '../state/outcomes.ts';
import type { RunContext } from './context.ts';
import { partitionReader } from './destination.ts';
import { discoveryTask } from './discoveryTask.ts';
import { activate, type ActivePartition } from './drafts.ts';
import { failureOf, foreseeRefusal } from './failureOf.ts';
import { isFatal } from './isFatal.ts';
import { type Listing, openListing } from './listing.ts';
import { loaderProblem } from './loaderProblem.ts';
import type { Packager } from './packager.ts';
import { openScanCount } from './scanCount.ts';

/** A partition after its reading; its last package may still be under way. */
export interface ReadPartition {
  readonly partition: ActivePartition;
  readonly outcome: 'read' | 'suspended' | 'failed';
}

/** Reads the pages of one claimed partition into the packager until they end or the budget does. */
export async function loadPartition(
  context: RunContext,
  claimed: PartitionTask,
  packager: Packager,
): Promise<ReadPartition> {
  const isFull = context.request.mode === 'full' || isFullPass(claimed);
  const partition = activate(isFull ? { ...claimed, cursor: undefined, full: true } : claimed);
  try {
    const outcome = await readInto(context, partition, { packager, isFull });
    return { partition, outcome };
  } catch (error) {
    // The request under way was cut off; what was read before it is whole.
    if (context.isAskedToEnd() && !partition.signal.aborted)
      return { partition, outcome: await suspend(context, partition, packager) };
    if (!partition.signal.aborted && !context.budget.signal.aborted)
      await keepWhatWasRead(context, { partition, packager, error });
    partition.fail(error);
    return { partition, outcome: 'failed' };
  }
}

/** What was read before an error of the partition's own is whole and stays. */
async function keepWhatWasRead(
  context: RunContext,
  {
    partition,
    packager,
    error,
  }: {
    readonly partition: ActivePartition;
    readonly packager: Packager;
    readonly error: unknown;
  },
): Promise<void> {
  if (isFatal(error)) context.stop(error);
  await packager.drain();
  await foreseeRefusal(context, partition.task, error);
}

/** What an incremental scan would not show again must be seen too before it is taken for gone. */
function isFullPass({ token, sweeps, resource }: PartitionTask): boolean {
  return token?.full === true || (sweeps === true && resource.cursor.kind !== 'full');
}

interface Reading {
  readonly packager: Packager;
  readonly isFull: boolean;
}

async function readInto(
  context: RunContext,
  partition: ActivePartition,
  { packager, isFull }: Reading,
): Promise<'read' | 'suspended'> {
  const { budget, claims } = context;
  const signal = AbortSignal.any([partition.signal, budget.signal]);
  const { task } = partition;
  const count = openScanCount(task, context.scope);
  partition.count = count;
  const listing = await openListing(context, task);
  const asked = await discoveryTask(context, task);
  for await (const page of readPages(asked, pagePorts(context, partition, { signal, listing }))) {
    if (page.position.at === 'end') listing?.complete();
    count.see(page);
    if (!keepsWholeScan(task.resource) && isUntouched(task, page, partition)) {
      const ending = await finishScan(claims, task, partition);
      if (ending === 'finished') context.report(finished(task));
      return 'read';
    }
    await packager.add(partition, isFull ? markedFull(page) : page);
    if (page.position.at === 'end') return 'read';
    if (budget.signal.aborted) break;
  }
  return await suspend(context, partition, packager);
}

/** Commits what has been read and gives the partition back where that ends. */
async function suspend(
  { claims }: RunContext,
  partition: ActivePartition,
  packager: Packager,
): Promise<'suspended'> {
  await packager.drain();
  packager.forget(partition);
  await releasePartition(claims, partition.task);
  return 'suspended';
}

function pagePorts(
  context: RunContext,
  partition: ActivePartition,
  { signal, listing }: { readonly signal: AbortSignal; readonly listing: Listing | undefined },
): PagePorts {
  const { client, report, isAdmin, settings, noticed, asOf, resources, budget } = context;
  const { dictionaryTables, overlapMinutes } = settings;
  return {
    client,
    destination: partitionReader(context),
    report,
    signal,
    mayAsk: () => budget.allowsMore(),
    isAdmin,
    settings: { dictionaryTables, overlapMinutes },
    asOf,
    scopeFilter: listing?.filter,
    resources,
    noticed,
    leftOut: () => {
      if (partition.sight !== undefined) partition.sight = 'partial';
      partition.count?.spoil();
    },
  };
}

/** A scan that found nothing and moved nothing needs no package. */
function isUntouched(task: PartitionTask, page: Page, { seq }: ActivePartition): boolean {
  const { position, records } = page;
  return (
    position.at === 'end' &&
    records.length === 0 &&
    seq === task.seq &&
    task.token === undefined &&
    (position.cursor === undefined || position.cursor === task.cursor)
  );
}

/** A scan that was begun without its cursor must go on without it in a later invocation. */
function markedFull(page: Page): Page {
  if (page.position.at === 'end') return page;
  return { ...page, position: { at: 'page', token: { ...page.position.token, full: true } } };
}

/** The event of a partition that is complete. */
export function finished({ resource, partition }: PartitionTask) {
  return { event: 'partition-finished', resource: resource.id, partition } as const;
}

/**
 * Notes why a partition was not finished. `again` when it may be claimed anew by this run, because nothing speaks
 * against the partition itself.
 */
export async function giveUp(
  context: RunContext,
  { task, signal }: ActivePartition,
): Promise<'given-up' | 'again'> {
  const error: unknown = signal.reason;
  const { claims, report, budget } = context;
  if (budget.signal.aborted) return 'given-up';
  if (!(error instanceof LoaderError) || isFatal(error)) {
    context.stop(error);
    return 'given-up';
  }
  if (error.code === 'E_STALE_LEASE') {
    await releasePartition(claims, task);
    return 'again';
  }
  try {
    await failPartition(claims, task, await failureOf(context, task, error));
  } catch (other) {
    stopBecauseOf(context, other);
    return 'given-up';
  }
  const { resource, partition } = task;
  const place = { resource: resource.id, partition };
  // What GitLab refuses is told when it changes.
  if (error.code !== 'E_GITLAB_FORBIDDEN')
    report({ event: 'problem', ...loaderProblem(error), ...place });
  return 'given-up';
}

/** A question that the end of the budget cut off says nothing. */
function stopBecauseOf({ stop, budget }: RunContext, error: unknown): void {
  if (!budget.signal.aborted) stop(error);
}

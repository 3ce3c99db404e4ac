import { readPages } from '../extract/pages.ts';
import type { PagePorts } from '../extract/ports.ts';
import type { RecordFilter } from '../extract/records.ts';
import { type ErrorCode, ERRORS, LoaderError } from '../model/errors.ts';
import type { Page } from '../model/page.ts';
import type { PartitionTask } from '../model/position.ts';
import { keepsWholeScan } from '../model/writeMethod.ts';
import type { ScopeFilter } from '../plan/scope.ts';
import { failPartition, type Failure, finishScan, releasePartition } from '../state/outcomes.ts';
import type { RunContext } from './context.ts';
import { partitionReader } from './destination.ts';
import { activate, type ActivePartition } from './drafts.ts';
import { isFatal } from './isFatal.ts';
import type { Packager } from './packager.ts';

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
  const isFull =
    context.request.mode === 'full' || claimed.token?.full === true || isFullPass(claimed);
  const partition = activate(isFull ? { ...claimed, cursor: undefined, full: true } : claimed);
  try {
    const outcome = await readInto(context, partition, { packager, isFull });
    return { partition, outcome };
  } catch (error) {
    const isOwn = !partition.signal.aborted && !context.budget.signal.aborted;
    if (isOwn && isFatal(error)) context.stop(error);
    // What was read before the error is whole and stays.
    if (isOwn) await packager.drain();
    partition.fail(error);
    return { partition, outcome: 'failed' };
  }
}

/** What an incremental scan would not show again must be seen too before it is taken for gone. */
function isFullPass({ sweeps, resource }: PartitionTask): boolean {
  return sweeps === true && resource.cursor.kind !== 'full';
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
  for await (const page of readPages(task, pagePorts(context, partition, signal))) {
    if (!keepsWholeScan(task.resource) && isUntouched(task, page, partition)) {
      const ending = await finishScan(claims, task, partition.sight);
      if (ending === 'finished') context.report(finished(task));
      return 'read';
    }
    await packager.add(partition, isFull ? markedFull(page) : page);
    if (page.position.at === 'end') return 'read';
    if (budget.allowsMore()) continue;
    await packager.drain();
    packager.forget(partition);
    await releasePartition(claims, task);
    return 'suspended';
  }
  return 'read';
}

function pagePorts(
  context: RunContext,
  partition: ActivePartition,
  signal: AbortSignal,
): PagePorts {
  const { resource } = partition.task;
  const { client, report, isAdmin, settings, scope, noticed, asOf } = context;
  const { dictionaryTables, overlapMinutes } = settings;
  return {
    client,
    destination: partitionReader(context),
    report,
    signal,
    isAdmin,
    settings: { dictionaryTables, overlapMinutes },
    asOf,
    scopeFilter:
      resource.discovers === undefined ? undefined : inScope(resource.discovers.pathField, scope),
    noticed,
    leftOut: () => {
      if (partition.sight !== undefined) partition.sight = 'partial';
    },
  };
}

function inScope(pathField: string, scope: ScopeFilter): RecordFilter {
  return (record) => {
    const path = record[pathField];
    return typeof path !== 'string' || scope.admits(path);
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

/** GitLab may grant tomorrow what it refuses today; what the loader or its settings cannot take lasts. */
function statusAfter(code: ErrorCode): Pick<Failure, 'status' | 'lastingCode'> {
  if (code === 'E_GITLAB_FORBIDDEN') return { status: 'inaccessible' };
  return ERRORS[code].kind === 'transient'
    ? { status: 'active' }
    : { status: 'active', lastingCode: code };
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
  const { code, message, details } = error;
  const retryAfterSeconds = details['retryAfterSeconds'];
  await failPartition(claims, task, {
    message,
    ...statusAfter(code),
    ...(typeof retryAfterSeconds === 'number' ? { retryAfterSeconds } : {}),
  });
  const { resource, partition } = task;
  report({ event: 'problem', code, resource: resource.id, partition, message });
  return 'given-up';
}

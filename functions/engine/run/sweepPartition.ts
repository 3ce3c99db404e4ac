import { type FinishedScan, readMissing, type SweptRows } from '../load/sweep.ts';
import { LoaderError } from '../model/errors.ts';
import { SWEEP_LIMITS } from '../model/sweep.ts';
import { releasePartition } from '../state/outcomes.ts';
import type { DueSweep } from '../state/sweeps.ts';
import {
  claimSweep,
  finishSweep,
  readAbsent,
  recordAlive,
  type SweepTask,
} from '../state/sweepTasks.ts';
import { commitSweep } from './commitSweep.ts';
import { confirmGone } from './confirmGone.ts';
import type { RunContext } from './context.ts';
import { isFatal } from './isFatal.ts';

/** What one partition's sweep is done with. */
export interface Sweeping {
  readonly sweep: DueSweep;
  /** Rows of the resource that this run may still ask GitLab for. */
  readonly quota: { left: number };
}

/** Deletes the rows of one partition that its scan did not see, once it is confirmed that they are gone. */
export async function sweepPartition(
  context: RunContext,
  swept: SweptRows,
  { sweep, quota }: Sweeping,
): Promise<void> {
  if (!context.budget.allowsMore()) return;
  const task = await claimSweep(context.claims, swept.resource, sweep);
  if (task === undefined) return;
  try {
    await (swept.resource.single === undefined
      ? sweepTwiceAbsent(context, swept, task)
      : sweepConfirmed(context, swept, { task, quota }));
  } catch (error) {
    await giveBack(context, task, error);
  }
}

/** Rows that have a path of their own are asked for one by one; what time or quota leave over is for a later run. */
async function sweepConfirmed(
  context: RunContext,
  swept: SweptRows,
  { task, quota }: { readonly task: SweepTask; readonly quota: { left: number } },
): Promise<void> {
  const { claims, budget } = context;
  let at = task;
  for (;;) {
    const limit = Math.min(SWEEP_LIMITS.ofPackage, quota.left);
    const candidates = await readMissing(swept, task, Math.max(1, limit));
    if (candidates.length === 0) {
      await finishSweep(claims, task, { result: 'swept', absent: [] });
      return;
    }
    if (limit <= 0 || !budget.allowsMore()) {
      await releasePartition(claims, task);
      return;
    }
    quota.left -= candidates.length;
    const confirmed = await confirmGone(context, task, candidates);
    if (confirmed === 'not-visible') {
      await finishSweep(claims, task, { result: 'unknown', absent: [] });
      return;
    }
    const reason = 'GitLab no longer lists the row and answers 404 to its own path.';
    at = await remove(context, swept, { task: at, ids: confirmed.gone, reason });
    await recordAlive(claims, task, confirmed.there);
  }
}

/** Rows without a path of their own go when two whole scans, one after the other, lacked them. */
async function sweepTwiceAbsent(
  context: RunContext,
  swept: SweptRows,
  task: SweepTask,
): Promise<void> {
  const { claims } = context;
  const before = await readAbsent(claims, task);
  const candidates = await readMissing(swept, task, MOST_ABSENT);
  const confirmed = await confirmGone(context, task, []);
  if (confirmed === 'not-visible') {
    await finishSweep(claims, task, { result: 'unknown', absent: [] });
    return;
  }
  const ids = candidates.map(({ id }) => id);
  const gone = ids.filter((id) => before.has(id));
  const reason = 'Two whole scans of the list, one after the other, lacked the row.';
  let at = task;
  for (let start = 0; start < gone.length; start += SWEEP_LIMITS.ofPackage) {
    const chunk = gone.slice(start, start + SWEEP_LIMITS.ofPackage);
    at = await remove(context, swept, { task: at, ids: chunk, reason });
  }
  const absent = ids.filter((id) => !before.has(id));
  await finishSweep(claims, task, { result: 'swept', absent });
}

/** Rows without a path of their own that one sweep remembers. */
const MOST_ABSENT = 10_000;

interface Removal {
  readonly task: SweepTask;
  readonly ids: readonly string[];
  readonly reason: string;
}

/** Commits one package of deletions; the partition stands one package further then. */
async function remove(
  context: RunContext,
  swept: SweptRows,
  { task, ids, reason }: Removal,
): Promise<SweepTask> {
  if (ids.length === 0) return task;
  const scan: FinishedScan = task;
  const { loadId, deleted } = await commitSweep(context, swept, {
    task,
    deletion: { scan, ids, reason },
  });
  const { id: resource } = task.resource;
  const { partition } = task;
  context.report({ event: 'rows-deleted', resource, partition, loadId, rows: deleted });
  return { ...task, seq: task.seq + 1n };
}

/** Nothing of the partition itself has failed: its rows and position stay, and a later run looks again. */
async function giveBack(context: RunContext, task: SweepTask, error: unknown): Promise<void> {
  const { claims, budget, report, stop } = context;
  if (budget.signal.aborted) return;
  if (!(error instanceof LoaderError) || isFatal(error)) {
    stop(error);
    return;
  }
  await releasePartition(claims, task);
  if (error.code === 'E_STALE_LEASE') return;
  const { code, message } = error;
  report({
    event: 'problem',
    code,
    resource: task.resource.id,
    partition: task.partition,
    message,
  });
}

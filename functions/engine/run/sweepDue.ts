import type { LimitFunction } from 'p-limit';

import { countMissing, type Missing, type SweptRows } from '../load/sweep.ts';
import { partitionName } from '../model/partitionName.ts';
import { scopeOf } from '../model/resource.ts';
import { isMassDelete, SWEEP_LIMITS } from '../model/sweep.ts';
import { type DueSweep, haltSweep, readDueSweeps, settleSweeps } from '../state/sweeps.ts';
import type { RunContext } from './context.ts';
import { sweepPartition } from './sweepPartition.ts';
import { sweepHours, sweptRows } from './sweepPlan.ts';

/** Partitions whose missing rows are counted with one query. */
const AT_ONCE = 500;

/**
 * Deletes what the finished scans of a resource did not see and GitLab no longer has. Partitions that lack nothing cost one
 * query for hundreds of them. `suspended` when the time is over before all have been looked at.
 */
export async function sweepDue(
  context: RunContext,
  swept: SweptRows['resource'],
  slots: LimitFunction,
): Promise<'done' | 'suspended'> {
  if (sweepHours(context, swept) === undefined) return 'done';
  const tried: string[] = [];
  const quota = { left: SWEEP_LIMITS.confirmations };
  for (;;) {
    if (!context.budget.mayBegin()) return 'suspended';
    const due = await readDueSweeps(context.claims, {
      resource: swept,
      partition: scopeOf(swept) === 'instance' ? undefined : context.request.partition,
      except: tried,
      limit: AT_ONCE,
    });
    if (due.length === 0) return 'done';
    if (!context.budget.allowsMore()) return 'suspended';
    tried.push(...due.map(({ partition }) => partition));
    const rows = sweptRows(context, swept);
    const unlike = await settleEqual(context, swept, { rows, due });
    if (rows === undefined) continue;
    await Promise.all(
      unlike.map((found) => slots(() => sweepOrHalt(context, rows, { ...found, quota }))),
    );
  }
}

/** A finished scan with what it did not see. */
interface Found {
  readonly sweep: DueSweep;
  readonly counts: Missing;
}

/** Ends the sweeps that have nothing to delete or cannot tell; the others are left. */
async function settleEqual(
  { claims }: RunContext,
  resource: SweptRows['resource'],
  { rows, due }: { readonly rows: SweptRows | undefined; readonly due: readonly DueSweep[] },
): Promise<readonly Found[]> {
  const whole = due.filter(({ isWhole }) => isWhole && rows !== undefined);
  const unknown = due.filter((sweep) => !whole.includes(sweep));
  await settleSweeps(claims, resource, { sweeps: unknown, result: 'unknown' });
  if (rows === undefined || whole.length === 0) return [];
  const counted = await countMissing(rows, whole);
  const found = whole.map((sweep) => ({
    sweep,
    counts: counted.get(sweep.partition) ?? { rows: 0, missing: 0 },
  }));
  const equal = found.filter(({ counts }) => counts.missing === 0).map(({ sweep }) => sweep);
  await settleSweeps(claims, resource, { sweeps: equal, result: 'swept' });
  return found.filter(({ counts }) => counts.missing > 0);
}

async function sweepOrHalt(
  context: RunContext,
  swept: SweptRows,
  { sweep, counts, quota }: Found & { readonly quota: { left: number } },
): Promise<void> {
  if (sweep.isAllowed || !isMassDelete(counts)) {
    await sweepPartition(context, swept, { sweep, quota });
    return;
  }
  const { resource } = swept;
  const { partition } = sweep;
  const place = partitionName({ resource: resource.id, partition });
  const note = `GitLab no longer lists ${counts.missing.toString()} of the ${counts.rows.toString()} rows of '${place}'.`;
  if ((await haltSweep(context.claims, resource, { sweep, note })) === 'settled') return;
  const message = `${note.slice(0, -1)}, too many to be deleted without a person.`;
  context.report({
    event: 'problem',
    code: 'E_MASS_DELETE',
    resource: resource.id,
    partition,
    message,
  });
}

import pLimit, { type LimitFunction } from 'p-limit';

import { inParentOrder, parentsOf } from '../catalog/selection.ts';
import { LoaderError } from '../model/errors.ts';
import type { ResourceSpec } from '../model/resource.ts';
import { scopeOf } from '../model/resource.ts';
import type { RunProblem, RunReport, RunRequest } from '../model/run.ts';
import { releaseAll, syncPartitions } from '../state/partitions.ts';
import { forgetOldQuarantine } from '../state/quarantine.ts';
import { recordRunEnd } from '../state/runs.ts';
import type { RunContext } from './context.ts';
import { isAllHeld } from './dueOf.ts';
import { followActivity } from './followActivity.ts';
import { isTakenCareOf } from './isTakenCareOf.ts';
import { keepLeases } from './keepLeases.ts';
import type { ResourceOutcome } from './loadDue.ts';
import { loaderProblem } from './loaderProblem.ts';
import { loadResource } from './loadResource.ts';
import { endRestOfChanged, type Members, requireMembers, scopeMembers } from './members.ts';
import { connect, type Connected, type OpenRun, openRun, type RunEntrance } from './openRun.ts';
import { TOLERATED } from './tolerated.ts';

/**
 * One invocation: opens what it needs, loads what is due in the order parents -> children, reports.
 * Throws only when nothing could be begun; a run that failed halfway says so in its report.
 */
export async function run(entrance: RunEntrance, request: RunRequest): Promise<RunReport> {
  const connected = await connect(entrance, request);
  if (await isTakenCareOf(connected)) return leave(connected);
  const context = await openRun(connected);
  const { startedAt, stopped, close } = context;
  const stopKeeping = keepLeases(context);
  let outcome: ResourceOutcome = 'suspended';
  try {
    outcome = await loadTicks(context);
  } catch (error) {
    context.stop(error);
  } finally {
    stopKeeping();
  }
  const error = stopped();
  const end = { outcome, error };
  if (isCutShort(context, entrance, end)) tellTooShort(context, entrance);
  let report = summarise(context, { startedAt, ...end });
  const isLeft = outcome === 'suspended' || outcome === 'held' || error !== undefined;
  const asOf = isLeft ? 'not reached' : 'reached';
  try {
    await settle(context, { report, asOf });
  } finally {
    await close();
  }
  if (isCutShort(context, entrance, end)) {
    const asked = await askToGoOn(context, entrance, request);
    if (asked === 'asked') report = { ...report, leftTo: 'continuation' };
  }
  context.report({ event: 'run-report', ...report });
  return report;
}

/** Ends a run that would do what another one does. */
async function leave(connected: Connected): Promise<RunReport> {
  const { startedAt, report, close } = connected;
  await close();
  const message = 'Another run of the same order began just now and has all that is due.';
  report({ event: 'problem', code: 'NOTICE', message });
  const left = summarise(connected, { startedAt, outcome: 'held', error: undefined });
  report({ event: 'run-report', ...left });
  return left;
}

/** Time is up, nobody wants the run to end, and something may be left: not when nothing was due from the beginning. */
function isCutShort(
  { budget }: OpenRun,
  { signal }: RunEntrance,
  { outcome, error }: Pick<Ending, 'outcome' | 'error'>,
): boolean {
  const mayBeLeft = outcome === 'suspended' || budget.hasProgressed();
  return error === undefined && !signal.aborted && !budget.allowsMore() && mayBeLeft;
}

/** A continuation of a run that could commit nothing would end like it. */
function tellTooShort(
  { report, budget }: OpenRun,
  { settings, invocationSeconds }: RunEntrance,
): void {
  if (budget.hasProgressed()) return;
  const seconds = settings.timeBudgetSeconds || (invocationSeconds ?? 0);
  const message = `Nothing could be committed in ${seconds.toString()} s, so no continuation is asked for; unless another run is at work, TIME_BUDGET_SECONDS is too short.`;
  report({ event: 'problem', code: 'NOTICE', message });
}

/** The continuation keeps the run's instant, so that it loads what is left and nothing twice. */
async function askToGoOn(
  { ticks, report, budget }: OpenRun,
  { waker }: RunEntrance,
  request: RunRequest,
): Promise<'asked' | 'nobody'> {
  const asOf = ticks.at(-1);
  if (waker === undefined || asOf === undefined || !budget.hasProgressed()) return 'nobody';
  const continuation: RunRequest = { ...request, trigger: 'continuation', asOf };
  try {
    await waker.wake(continuation);
    report({ event: 'continuation-asked', asOf });
    return 'asked';
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown error';
    const message = `No continuation could be asked for (${reason}); the next run goes on.`;
    report({ event: 'problem', code: 'NOTICE', message });
    return 'nobody';
  }
}

/** Brings everything up to one instant after the other; a later one is left to the runs that hold all of it. */
async function loadTicks(context: OpenRun): Promise<ResourceOutcome> {
  const { ticks, chosen, budget, request } = context;
  let outcome: ResourceOutcome = 'suspended';
  for (const [number, asOf] of ticks.entries()) {
    const tick = { ...context, asOf };
    if (!budget.mayBegin()) return 'suspended';
    const mayLeave = number > 0 && request.until === 'once';
    if (mayLeave && (await isAllHeld(tick, chosen))) return 'held';
    outcome = await loadTick(tick, chosen);
  }
  return outcome;
}

/** Brings every resource up to one instant: each begins when its parents are done, the others side by side. */
async function loadTick(
  context: RunContext,
  chosen: readonly ResourceSpec[],
): Promise<ResourceOutcome> {
  const slots = pLimit(context.settings.concurrency);
  const outcomes = new Map<string, Promise<ResourceOutcome>>();
  for (const resource of inParentOrder(chosen, context.catalog).flat()) {
    const parents = parentsOf(resource, context.catalog).flatMap(
      ({ id }) => outcomes.get(id) ?? [],
    );
    const outcome = Promise.all(parents).then(() => loadOrStop(context, resource, slots));
    outcomes.set(resource.id, outcome);
  }
  const discoverers = chosen.filter(({ discovers }) => discovers !== undefined);
  await Promise.all(discoverers.flatMap(({ id }) => outcomes.get(id) ?? []));
  if (discoverers.length > 0) await requireMembers(context).catch(context.stop);
  const settled = await Promise.all(outcomes.values());
  return together(settled);
}

/** What another run holds is not all that is left where something waits. */
function together(outcomes: readonly ResourceOutcome[]): ResourceOutcome {
  if (outcomes.includes('suspended')) return 'suspended';
  const isWaiting = outcomes.includes('waiting');
  if (outcomes.includes('held')) return isWaiting ? 'suspended' : 'held';
  return isWaiting ? 'waiting' : 'done';
}

async function loadOrStop(
  context: RunContext,
  resource: ResourceSpec,
  slots: LimitFunction,
): Promise<ResourceOutcome> {
  if (!context.budget.mayBegin()) return 'suspended';
  try {
    // Another run may have made the tables that this one is about to read.
    await context.schemas.refresh();
    const lost = await context.schemas.forgetLost(resource);
    if (lost.length > 0) tellLost(context, resource, lost);
    const keys = await partitionKeys(context, resource);
    await syncPartitions(context.claims, resource, keys);
    await followActivity(context, resource);
    await endRestOfChanged(context, resource, keys);
    return await loadResource(context, resource, slots);
  } catch (error) {
    context.stop(error);
    return 'suspended';
  }
}

function tellLost({ report }: RunContext, { id }: ResourceSpec, lost: readonly string[]): void {
  const message = `'${lost.join("', '")}' had been loaded and is gone; everything is read again for it.`;
  report({ event: 'problem', code: 'NOTICE', resource: id, message });
}

async function partitionKeys(context: RunContext, resource: ResourceSpec): Promise<Members> {
  if (scopeOf(resource) === 'instance') return { admitted: [''], excluded: [], loaded: [] };
  const members = await scopeMembers(context, resource);
  const { partition } = context.request;
  if (partition === undefined || members.admitted.includes(partition)) return members;
  throw new LoaderError(
    'E_REQUEST',
    `There is no ${scopeOf(resource)} '${partition}' in scope for resource '${resource.id}'.`,
  );
}

interface Ending {
  readonly startedAt: number;
  readonly outcome: ResourceOutcome;
  readonly error: unknown;
}

/** The report of a run that has ended. */
export function summarise(
  context: Pick<Connected, 'tally' | 'client' | 'runId' | 'now' | 'budget' | 'report'>,
  { startedAt, outcome, error }: Ending,
): RunReport {
  if (error !== undefined) context.report({ event: 'problem', ...problemOf(error) });
  const { tally, client, runId, now, budget } = context;
  const problems = tally.problems();
  const isBusy = problems.some(({ code }) => code === 'E_GITLAB_BUSY');
  const ending = outcome === 'done' && budget.mayBegin() && !isBusy ? 'done' : 'suspended';
  const isSuccess = problems.every(({ code }) => TOLERATED.has(code));
  const isHeld = isSuccess && outcome === 'held' && !isBusy;
  return {
    runId,
    outcome: isSuccess ? ending : 'failed',
    ...(isHeld ? ({ leftTo: 'another-run' } as const) : {}),
    seconds: Math.round(now() - startedAt) / 1000,
    requests: client.requests,
    waitedSeconds: Math.round(client.waitedMilliseconds) / 1000,
    resources: tally.resources(),
    schemaChanges: tally.schemaChanges(),
    gaps: tally.gaps(),
    problems,
  };
}

/** How a run tells of the error that ended it. */
export function problemOf(error: unknown): RunProblem {
  if (error instanceof LoaderError) return loaderProblem(error);
  const message = error instanceof Error ? error.message : 'unknown error';
  return { code: 'E_DEFECT', message: `The loader has a defect: ${message}` } as const;
}

/** Gives leases back and keeps the report; a database that is gone must not hide why the run ended. */
export async function settle(
  { claims, settings }: OpenRun,
  end: { readonly report: RunReport; readonly asOf: 'reached' | 'not reached' },
): Promise<void> {
  try {
    await releaseAll(claims);
    await recordRunEnd(claims.database, settings.dataset, end);
    if (end.report.outcome === 'done') await forgetOldQuarantine(claims.database, settings.dataset);
  } catch (error) {
    if (end.report.outcome !== 'failed') throw error;
  }
}

import pLimit from 'p-limit';

import { inParentOrder } from '../catalog/selection.ts';
import { LoaderError } from '../model/errors.ts';
import type { ResourceSpec } from '../model/resource.ts';
import { scopeOf } from '../model/resource.ts';
import type { RunReport, RunRequest } from '../model/run.ts';
import { releaseAll, renewLeases, syncPartitions } from '../state/partitions.ts';
import { recordRunEnd } from '../state/runs.ts';
import type { RunContext } from './context.ts';
import { loadResource } from './loadResource.ts';
import { requireMembers, scopeMembers } from './members.ts';
import { openRun, type RunEntrance } from './openRun.ts';

/**
 * One invocation: opens what it needs, loads what is due in the order parents -> children, reports.
 * Throws only when nothing could be begun; a run that failed halfway says so in its report.
 */
export async function run(entrance: RunEntrance, request: RunRequest): Promise<RunReport> {
  const context = await openRun(entrance, request);
  const { chosen, startedAt, stopped, close } = context;
  const heartbeat = setInterval(
    () => {
      renewLeases(context.claims).catch(() => undefined);
    },
    (context.settings.leaseSeconds * 1000) / 3,
  );
  let isDone = true;
  try {
    for (const level of inParentOrder(chosen, context.catalog)) {
      if (!context.budget.allowsMore()) break;
      isDone = (await loadLevel(context, level)) && isDone;
      if (level.some(({ discovers }) => discovers !== undefined)) await requireMembers(context);
    }
  } catch (error) {
    context.stop(error);
  } finally {
    clearInterval(heartbeat);
  }
  const report = summarise(context, { startedAt, isDone, error: stopped() });
  await settle(context, report);
  await close();
  context.report({ event: 'run-report', ...report });
  return report;
}

/** Resources whose parents are loaded run side by side. */
async function loadLevel(context: RunContext, level: readonly ResourceSpec[]): Promise<boolean> {
  const slots = pLimit(context.settings.concurrency);
  const outcomes = await Promise.all(
    level.map(async (resource) => {
      try {
        const keys = await partitionKeys(context, resource);
        await syncPartitions(context.claims, resource, keys);
        return await loadResource(context, resource, slots);
      } catch (error) {
        context.stop(error);
        return 'suspended';
      }
    }),
  );
  return outcomes.every((outcome) => outcome === 'done');
}

async function partitionKeys(
  context: RunContext,
  resource: ResourceSpec,
): Promise<readonly string[]> {
  if (scopeOf(resource) === 'instance') return [''];
  const members = await scopeMembers(context, resource);
  const { partition } = context.request;
  if (partition === undefined || members.includes(partition)) return members;
  throw new LoaderError(
    'E_REQUEST',
    `There is no ${scopeOf(resource)} '${partition}' in scope for resource '${resource.id}'.`,
  );
}

interface Ending {
  readonly startedAt: number;
  readonly isDone: boolean;
  readonly error: unknown;
}

function summarise(context: RunContext, { startedAt, isDone, error }: Ending): RunReport {
  if (error !== undefined) context.report({ event: 'problem', ...problemOf(error) });
  const { tally, client, runId, now, budget } = context;
  const problems = tally.problems();
  const isBusy = problems.some(({ code }) => code === 'E_GITLAB_BUSY');
  const ending = isDone && budget.allowsMore() && !isBusy ? 'done' : 'suspended';
  return {
    runId,
    outcome: problems.every(({ code }) => TOLERATED.has(code)) ? ending : 'failed',
    seconds: Math.round(now() - startedAt) / 1000,
    requests: client.requests,
    resources: tally.resources(),
    schemaChanges: tally.schemaChanges(),
    problems,
  };
}

/** Problems that leave the run a success: notices, what the token may not read, and what goes on later. */
const TOLERATED: ReadonlySet<string> = new Set(['NOTICE', 'E_GITLAB_FORBIDDEN', 'E_GITLAB_BUSY']);

function problemOf(error: unknown) {
  if (error instanceof LoaderError) return { code: error.code, message: error.message };
  const message = error instanceof Error ? error.message : 'unknown error';
  return { code: 'E_DEFECT', message: `The loader has a defect: ${message}` } as const;
}

/** Gives leases back and keeps the report; a database that is gone must not hide why the run ended. */
async function settle({ claims, settings }: RunContext, report: RunReport): Promise<void> {
  try {
    await releaseAll(claims);
    await recordRunEnd(claims.database, settings.dataset, report);
  } catch (error) {
    if (report.outcome !== 'failed') throw error;
  }
}

import { setTimeout as sleep } from 'node:timers/promises';

import { Connector } from '../alloydb/index.ts';
import { loadSettings } from '../config/loadSettings.ts';
import type { Environment } from '../config/settings.ts';
import type { RunRequest } from '../model/run.ts';
import type { Waker } from '../model/waker.ts';
import { exitCodeOfReport } from './exitCode.ts';
import { jobRequest, startDelayMilliseconds } from './jobRequest.ts';
import type { RunEntrance } from './openRun.ts';
import { openWaker } from './openWaker.ts';
import { problemOf } from './run.ts';
import { runUntilDone } from './untilDone.ts';

/** What the process of a job hands to its task. */
export interface JobEntrance extends Omit<RunEntrance, 'settings' | 'waker' | 'connector'> {
  readonly argv: readonly string[];
  readonly environment: Environment;
}

/**
 * One task of a Cloud Run job, which shares its work with all others by way of the state. Resolves to the exit code and
 * never throws: 0 when nothing is left or another execution was asked to go on; any other lets the platform repeat the
 * task, and the repeated one goes on.
 */
export async function runJobTask(entrance: JobEntrance): Promise<number> {
  const { argv, environment, signal, report } = entrance;
  try {
    const request = jobRequest(argv, environment);
    const settings = await loadSettings(environment);
    await sleep(startDelayMilliseconds(environment), undefined, { signal }).catch(() => undefined);
    const connector =
      settings.alloydb && new Connector({ apiEndpoint: settings.alloydb.apiEndpoint });
    try {
      return await loadAll({ ...entrance, settings, connector }, request);
    } finally {
      connector?.close();
    }
  } catch (error) {
    const problem = problemOf(error);
    report({ event: 'problem', ...problem });
    return exitCodeOfReport({ outcome: 'failed', problems: [problem] });
  }
}

/** One invocation after the other until TIME_BUDGET_SECONDS are over; the last one asks another execution to go on. */
async function loadAll(
  task: JobEntrance & Pick<RunEntrance, 'settings' | 'connector'>,
  request: RunRequest,
): Promise<number> {
  const { settings, now } = task;
  const waker = otherExecution(task);
  const seconds = settings.timeBudgetSeconds;
  const report = await runUntilDone(
    { ...task, settings: { ...settings, timeBudgetSeconds: 0 }, ...(waker && { waker }) },
    request,
    seconds === 0 ? {} : { endsAt: now() + seconds * 1_000 },
  );
  const { outcome, leftTo } = report;
  return outcome === 'suspended' && leftTo === 'continuation' ? 0 : exitCodeOfReport(report);
}

/** Whom a task asks to go on. Nobody in its own process: the platform is about to end it. */
function otherExecution(task: JobEntrance & Pick<RunEntrance, 'settings'>): Waker | undefined {
  if (task.settings.continuation.by === 'process') return undefined;
  return openWaker(task.settings, { ...task, goOn: () => undefined });
}

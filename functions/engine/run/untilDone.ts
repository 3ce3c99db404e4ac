import type { ResourceReport, RunProblem, RunReport, RunRequest } from '../model/run.ts';
import type { Waker } from '../model/waker.ts';
import type { RunEntrance } from './openRun.ts';
import { problemOf, run } from './run.ts';

/** After so long an invocation makes way for the next, which looks at scope and token anew. */
const INVOCATION_SECONDS = 900;

/** How long one invocation takes, and all of them together. */
export interface UntilDoneOptions {
  readonly invocationSeconds?: number;
  /** By the clock of the entrance; the last invocation before it asks the entrance's waker to go on. */
  readonly endsAt?: number;
}

/** One invocation after the other in this process, until none asks for another; one report of all of them. */
export async function runUntilDone(
  entrance: RunEntrance,
  request: RunRequest,
  { invocationSeconds = INVOCATION_SECONDS, endsAt = Infinity }: UntilDoneOptions = {},
): Promise<RunReport> {
  const asked: RunRequest[] = [];
  const { waker: last, ...others } = entrance;
  const next: Waker = {
    wake: (continuation) => {
      asked.push(continuation);
      return Promise.resolve();
    },
  };
  const invoke = (order: RunRequest): Promise<RunReport> => {
    const leftSeconds = (endsAt - entrance.now()) / 1_000;
    const waker = leftSeconds > invocationSeconds ? next : last;
    return run(
      {
        ...others,
        ...(waker && { waker }),
        invocationSeconds: Math.min(invocationSeconds, leftSeconds),
        report: (event) => {
          if (event.event !== 'run-report') entrance.report(event);
        },
      },
      order,
    );
  };
  let report = await invoke(request);
  for (let order = asked.shift(); order !== undefined; order = asked.shift()) {
    try {
      report = together(report, await invoke(order));
    } catch (error) {
      // What earlier invocations have loaded must be told although this one could not begin.
      const problem = problemOf(error);
      entrance.report({ event: 'problem', ...problem });
      report = failedWith(report, problem);
    }
  }
  entrance.report({ event: 'run-report', ...report });
  return report;
}

/** Nobody goes on with what the last invocation should have. */
function failedWith({ leftTo: _, ...report }: RunReport, problem: RunProblem): RunReport {
  return { ...report, outcome: 'failed', problems: [...report.problems, problem] };
}

/** Two invocations as one; what failed in the first may be done by now, but a person should know of it. */
function together(first: RunReport, second: RunReport): RunReport {
  const known = new Set(second.problems.map((problem) => JSON.stringify(problem)));
  const earlier = first.problems.filter((problem) => !known.has(JSON.stringify(problem)));
  return {
    runId: second.runId,
    outcome: first.outcome === 'failed' ? 'failed' : second.outcome,
    ...(second.leftTo === undefined ? {} : { leftTo: second.leftTo }),
    seconds: Math.round((first.seconds + second.seconds) * 1_000) / 1_000,
    requests: first.requests + second.requests,
    waitedSeconds: Math.round((first.waitedSeconds + second.waitedSeconds) * 1_000) / 1_000,
    resources: resourcesTogether(first.resources, second.resources),
    schemaChanges: [...first.schemaChanges, ...second.schemaChanges],
    gaps: [...first.gaps, ...second.gaps],
    problems: [...earlier, ...second.problems],
  };
}

function resourcesTogether(
  first: RunReport['resources'],
  second: RunReport['resources'],
): RunReport['resources'] {
  const sum = { ...first };
  for (const [resource, counts] of Object.entries(second)) {
    const before = first[resource];
    sum[resource] = before === undefined ? counts : countsTogether(before, counts);
  }
  return sum;
}

function countsTogether(first: ResourceReport, second: ResourceReport): ResourceReport {
  return {
    table: second.table,
    read: first.read + second.read,
    written: first.written + second.written,
    unchanged: first.unchanged + second.unchanged,
    partitions: first.partitions + second.partitions,
    failed: first.failed + second.failed,
    quarantined: first.quarantined + second.quarantined,
    overflowed: first.overflowed + second.overflowed,
  };
}

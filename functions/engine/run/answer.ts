import { type ErrorCode, ERRORS, LoaderError } from '../model/errors.ts';
import type { RunProblem, RunReport } from '../model/run.ts';
import { loaderProblem } from './loaderProblem.ts';
import { TOLERATED } from './tolerated.ts';

/** What a call of a function is answered with. */
export interface Answer {
  readonly status: 200 | 400 | 500 | 503;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}

/**
 * The answer to a call that ran. 200 when nobody need call again because of it: it is done, or somebody goes on; 503
 * when a later call can mend what is left, 500 when a person must, 400 when the order was wrong.
 */
export function answerOf(report: RunReport): Answer {
  const { outcome, leftTo, problems } = report;
  if (outcome === 'done' || (outcome === 'suspended' && leftTo !== undefined))
    return { status: 200, headers: {}, body: report };
  const harmful = outcome === 'failed' ? problems.filter(({ code }) => !TOLERATED.has(code)) : [];
  const wrong = harmful.find(({ code }) => code === 'E_REQUEST');
  if (wrong !== undefined) return refusal(400, wrong);
  if (harmful.some(({ code }) => !isTransient(code)))
    return { status: 500, headers: {}, body: report };
  return { status: 503, headers: retryAfter(problems), body: report };
}

/** The answer to a call that could not begin; of errors that are not the loader's own, nothing is shown. */
export function refusalOf(error: unknown): Answer {
  if (!(error instanceof LoaderError))
    return refusal(500, { code: 'E_DEFECT', message: 'The loader has a defect.' });
  const problem = loaderProblem(error);
  if (problem.code === 'E_REQUEST') return refusal(400, problem);
  if (!isTransient(problem.code)) return refusal(500, problem);
  return { ...refusal(503, problem), headers: retryAfter([problem]) };
}

/** The answer to a call that the end of the process leaves without a report. */
export const STOPPED: Answer = {
  status: 503,
  headers: {},
  body: {
    outcome: 'suspended',
    message: 'The process was stopped; what was committed stays and a later call goes on.',
  },
};

function refusal(status: Answer['status'], { code, message }: RunProblem): Answer {
  return { status, headers: {}, body: { code, message } };
}

function isTransient(code: ErrorCode | 'NOTICE'): boolean {
  return code === 'NOTICE' || ERRORS[code].kind === 'transient';
}

/** The longest wait that GitLab asked for: before its end not everything can go on. */
function retryAfter(problems: readonly RunProblem[]): Answer['headers'] {
  const waits = problems.flatMap(({ retryAfterSeconds = [] }) => retryAfterSeconds);
  return waits.length === 0 ? {} : { 'retry-after': Math.max(...waits).toString() };
}

import type { Environment } from '../config/settings.ts';
import type { RunReport, RunRequest } from '../model/run.ts';
import type { RunEntrance } from './openRun.ts';
import { openWaker } from './openWaker.ts';
import { problemOf, run } from './run.ts';

/** What an entrance hands over whose runs CONTINUATION may let go on. */
export interface InvocationEntrance extends Omit<RunEntrance, 'waker'> {
  readonly environment: Environment;
}

/**
 * One invocation, which asks whomever CONTINUATION names to go on when its time is up. With `in-process` that is this
 * process, after the report.
 */
export function invoke(entrance: InvocationEntrance, request: RunRequest): Promise<RunReport> {
  const goOn = (continuation: RunRequest): void => {
    invoke(entrance, continuation).catch((error: unknown) => {
      entrance.report({ event: 'problem', ...problemOf(error) });
    });
  };
  const waker = openWaker(entrance.settings, { ...entrance, goOn });
  return run({ ...entrance, ...(waker && { waker }) }, request);
}

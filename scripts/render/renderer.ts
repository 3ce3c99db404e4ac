import { logLine } from '../../functions/engine/report/logLine.ts';
import { type Environment, isForPeople, output } from '../commands/terminal.ts';
import type { Progress } from './progress.ts';

/** Shows the events of a run: progress and a table on a terminal, else one JSON line each, the run report last. */
export async function openRenderer(environment: Environment): Promise<Progress> {
  if (isForPeople(environment)) return (await import('./progress.ts')).openProgress();
  return {
    report: (event) => {
      output.line(logLine(event, new Date()));
    },
    close: () => undefined,
  };
}

import type { RunEvent } from '../../functions/engine/model/events.ts';
import { logLine } from '../../functions/engine/report/logLine.ts';
import { type Environment, isForPeople, output } from '../commands/terminal.ts';
import { openProgress } from './progress.ts';

/** Shows the events of a run. */
export interface Renderer {
  readonly report: (event: RunEvent) => void;
  /** Ends what is still being drawn. */
  readonly close: () => void;
}

/** Progress and a table on a terminal, else one JSON line per event; the last is the run report. */
export function openRenderer(environment: Environment): Renderer {
  if (isForPeople(environment)) return openProgress();
  return {
    report: (event) => {
      output.line(logLine(event, new Date()));
    },
    close: () => undefined,
  };
}

import ora, { type Ora } from 'ora';

import type { RunEvent } from '../../functions/engine/model/events.ts';
import { gapProblem } from '../../functions/engine/model/gapProblem.ts';
import type { RunProblem } from '../../functions/engine/model/run.ts';
import { output } from '../commands/terminal.ts';
import { problemLines } from './problemLines.ts';
import { runSummary } from './summary.ts';

/** What a person sees of a run while it works. */
export interface Progress {
  readonly report: (event: RunEvent) => void;
  readonly close: () => void;
}

type Shown =
  'run-started' | 'requests-paused' | 'package-committed' | 'resource-finished' | 'run-report';
type Show = { readonly [E in RunEvent as E['event'] & Shown]: (event: E) => void };

const BAR_WIDTH = 24;

/** A bar of the finished resources with the rows written so far; then a line for each problem and a summary table. */
export function openProgress(): Progress {
  const spinner = openSpinner();
  const problems: RunProblem[] = [];
  const finished = new Set<string>();
  let total = 1;
  let rows = 0;
  const draw = (): void => {
    spinner.text = barOf(finished.size, { total, rows });
  };
  const show: Show = {
    'run-started': ({ resources }) => {
      total = Math.max(1, resources.length);
      draw();
    },
    'requests-paused': ({ until }) => {
      spinner.text += `; GitLab's limits hold requests back until ${until.toISOString()}`;
    },
    'package-committed': (event) => {
      rows += event.rows;
      draw();
    },
    'resource-finished': ({ resource }) => {
      finished.add(resource);
      draw();
    },
    'run-report': (event) => {
      const { outcome, seconds, requests } = event;
      const text = `${outcome} after ${seconds.toFixed(1)} s, ${requests.toLocaleString('en')} requests`;
      if (outcome === 'failed') spinner.fail(text);
      else spinner.succeed(text);
      for (const line of problemLines(problems)) output.line(line);
      output.line(runSummary(event).trimEnd());
    },
  };
  return {
    report: (event) => {
      if (event.event === 'problem') problems.push(event);
      else if (event.event === 'access-gap') problems.push(gapProblem(event));
      else if (event.event in show)
        (show[event.event as Shown] as (shown: RunEvent) => void)(event);
    },
    close: () => {
      if (spinner.isSpinning) spinner.stop();
    },
  };
}

function barOf(
  finished: number,
  { total, rows }: { readonly total: number; readonly rows: number },
): string {
  const done = Math.min(BAR_WIDTH, Math.round((BAR_WIDTH * finished) / total));
  const bar = '█'.repeat(done) + '░'.repeat(BAR_WIDTH - done);
  const resources = `${finished.toString()}/${total.toString()} resources`;
  return `${bar} ${resources}, ${rows.toLocaleString('en')} rows written`;
}

function openSpinner(): Ora {
  // A terminal that does not say how wide it is cannot be drawn on: the spinner would clear lines for ever.
  const isDrawn = process.stderr.columns === 0 ? { isEnabled: false } : {};
  // The spinner must not touch the keyboard: Ctrl-C has to reach the run as a signal.
  return ora({ discardStdin: false, text: 'connecting', ...isDrawn }).start();
}

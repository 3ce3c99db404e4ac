import { log, progress } from '@clack/prompts';

import type { RunEvent } from '../../functions/engine/model/events.ts';
import type { RunProblem } from '../../functions/engine/model/run.ts';
import { output } from '../commands/terminal.ts';
import { runSummary } from './summary.ts';

/** What a person sees of a run while it works. */
export interface Progress {
  readonly report: (event: RunEvent) => void;
  readonly close: () => void;
}

type Shown = 'run-started' | 'package-committed' | 'resource-finished' | 'problem' | 'run-report';
type Show = { readonly [E in RunEvent as E['event'] & Shown]: (event: E) => void };

/** A bar that grows with each finished resource; then a line for each problem and a summary table. */
export function openProgress(): Progress {
  let bar: ReturnType<typeof progress> | undefined;
  let rows = 0;
  const problems: RunProblem[] = [];
  const stop = (message: string): void => {
    bar?.stop(message);
    bar = undefined;
  };
  const show: Show = {
    'run-started': ({ resources }) => {
      bar = progress({ max: Math.max(1, resources.length), style: 'block' });
      bar.start('connected');
    },
    'package-committed': (event) => {
      rows += event.rows;
      bar?.message(`${event.resource}: ${rows.toLocaleString('en')} rows written`);
    },
    'resource-finished': ({ resource, read }) => {
      bar?.advance(1, `${resource}: ${read.toLocaleString('en')} rows read`);
    },
    problem: (event) => {
      problems.push(event);
    },
    'run-report': (event) => {
      const { outcome, seconds, requests } = event;
      stop(`${outcome} after ${seconds.toFixed(1)} s, ${requests.toLocaleString('en')} requests`);
      tellProblems(problems);
      output.line(runSummary(event));
    },
  };
  return {
    report: (event) => {
      if (event.event in show) (show[event.event as Shown] as (shown: RunEvent) => void)(event);
    },
    close: () => {
      stop('stopped');
    },
  };
}

/** One line per resource and kind of problem: the first of them, and how many more there are. */
function tellProblems(problems: readonly RunProblem[]): void {
  const kinds = new Map<string, RunProblem[]>();
  for (const problem of problems) {
    const kind = `${problem.code} ${problem.resource ?? ''}`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), problem]);
  }
  for (const [first, ...more] of kinds.values()) {
    if (first !== undefined) tellProblem(first, more.length);
  }
}

function tellProblem({ code, resource, message }: RunProblem, more: number): void {
  const place = resource === undefined ? '' : `${resource}: `;
  const others = more === 0 ? '' : ` (and ${more.toString()} more partitions)`;
  const text = `${place}${message}${others}`;
  if (code === 'NOTICE') log.info(text);
  else log.warn(text);
}

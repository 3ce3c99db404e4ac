import { log, progress } from '@clack/prompts';

import type { RunEvent } from '../../functions/engine/model/events.ts';
import { output } from '../commands/terminal.ts';
import type { Renderer } from './renderer.ts';
import { runSummary } from './summary.ts';

type Bar = ReturnType<typeof progress>;

/** A bar that grows with each finished resource, a line for each problem, and a summary table at the end. */
export function openProgress(): Renderer {
  let bar: Bar | undefined;
  let rows = 0;
  const stop = (message: string): void => {
    bar?.stop(message);
    bar = undefined;
  };
  const report = (event: RunEvent): void => {
    switch (event.event) {
      case 'run-started':
        bar = progress({ max: Math.max(1, event.resources.length), style: 'block' });
        bar.start('connected');
        return;
      case 'package-committed':
        rows += event.rows;
        bar?.message(`${event.resource}: ${rows.toLocaleString('en')} rows written`);
        return;
      case 'resource-finished':
        bar?.advance(1, `${event.resource}: ${event.read.toLocaleString('en')} rows read`);
        return;
      case 'problem':
        if (event.code === 'NOTICE') log.info(event.message);
        else log.warn(event.message);
        return;
      case 'run-report':
        stop(`${event.outcome} after ${event.seconds.toFixed(1)} s, ${event.requests.toLocaleString('en')} requests`);
        output.line(runSummary(event));
        return;
      case 'resource-started':
      case 'partition-finished':
      case 'schema-changed':
      case 'request-retried':
        return;
    }
  };
  return {
    report,
    close: () => {
      stop('stopped');
    },
  };
}

import { randomUUID } from 'node:crypto';

import type { Catalog } from '../catalog/selection.ts';
import { logLine } from '../report/logLine.ts';
import { runJobTask } from './jobTask.ts';
import { keepMemoryFlat } from './memory.ts';
import { signalledMoves } from './moves.ts';

/** Runs this process as one task of a Cloud Run job. */
export function startJob(catalog: Catalog): void {
  keepMemoryFlat();
  const stopper = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      stopper.abort(new Error('stopped by a signal'));
    });
  }
  const task = runJobTask({
    catalog,
    argv: process.argv.slice(2),
    environment: process.env,
    signal: stopper.signal,
    moves: signalledMoves(),
    report: (event) => {
      process.stdout.write(`${logLine(event, new Date())}\n`);
    },
    now: Date.now,
    random: Math.random,
    uuid: randomUUID,
  });
  void task.then((exitCode) => {
    process.exitCode = exitCode;
  });
}

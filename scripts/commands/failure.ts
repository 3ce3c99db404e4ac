import { ERRORS, LoaderError } from '../../functions/engine/model/errors.ts';
import type { RunReport } from '../../functions/engine/model/run.ts';
import { failureLines } from '../render/failureLines.ts';
import { output } from './terminal.ts';

/** Says in one sentence what failed and in another what to do; a defect is named, never shown as a stack. */
export function tellError(error: unknown): void {
  if (error instanceof LoaderError) {
    output.error(`${error.message}\n${ERRORS[error.code].help} [${error.code}]\n`);
    return;
  }
  const message = error instanceof Error ? error.message : String(error);
  output.error(`The loader has a defect: ${message}\n${ERRORS.E_DEFECT.help} [E_DEFECT]\n`);
}

/** 78 for what an operator must correct, 75 for what goes on by itself, else 1. */
export function exitCodeOf(error: unknown): number {
  return error instanceof LoaderError ? ERRORS[error.code].exitCode : 1;
}

/** Says why a run failed where only programs read what it printed; the run report has every problem. */
export function tellFailures({ outcome, problems }: RunReport): void {
  if (outcome !== 'failed') return;
  for (const line of failureLines(problems)) output.error(`${line}\n`);
}

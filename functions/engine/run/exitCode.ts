import { ERRORS } from '../model/errors.ts';
import type { RunReport } from '../model/run.ts';

/** 0 nothing left to do, 75 more remains, 78 a person must correct something, else 1. */
export function exitCodeOfReport({
  outcome,
  problems,
}: Pick<RunReport, 'outcome' | 'problems'>): number {
  if (outcome === 'done') return 0;
  if (outcome === 'suspended') return 75;
  const codes = problems.flatMap(({ code }) => (code === 'NOTICE' ? [] : [ERRORS[code].exitCode]));
  return codes.includes(78) ? 78 : 1;
}

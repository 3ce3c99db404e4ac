import { expect } from 'vitest';

import { type CliResult, eventsOf } from '../../support/cli.ts';

/** Every secret of these tests has one of these in it. */
const SECRET = /canary|glpat-/;
const STACK = /^\s+at /m;

/** How a command must refuse. */
export interface Refusal {
  readonly exitCode: 1 | 78;
  /** What the sentence must say: the value that is wrong. */
  readonly sentence: RegExp;
}

/** Checks that a command ended with one clear sentence, without a stack and without a secret. */
export function expectRefusal(result: CliResult, { exitCode, sentence }: Refusal): void {
  const [first = ''] = result.stderr.split('\n');
  expect(first).toMatch(sentence);
  expect(first).toMatch(/^\S.*\.( \[E_\w+\])?$/);
  expect(result.exitCode).toBe(exitCode);
  expect(result.stderr).not.toMatch(STACK);
  expect(result.stdout).not.toMatch(STACK);
  expect(result.stderr).not.toMatch(SECRET);
  expect(result.stdout).not.toMatch(SECRET);
  expect(eventsOf(result).every(({ event }) => event !== '')).toBe(true);
}

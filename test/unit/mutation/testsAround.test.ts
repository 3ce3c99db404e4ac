import { expect, test } from 'vitest';

import { type Around, testsAround } from '../../../scripts/mutation/testsAround.ts';

const PATH = 'functions/engine/load/merge.ts';
const ALL = ['test/a.test.ts', 'test/b.test.ts', 'test/c.test.ts'];

const mutant = (lines: readonly [number, number], tests: Partial<Around>): Around => ({
  fileName: `/project/${PATH}`,
  location: { start: { line: lines[0], column: 1 }, end: { line: lines[1], column: 9 } },
  ...tests,
});
const MUTANTS = [
  mutant([3, 9], { coveredBy: ['test/a.test.ts#upserts', 'test/b.test.ts#a # b'] }),
  mutant([5, 5], { coveredBy: ['test/b.test.ts#a # b'], killedBy: ['test/b.test.ts#a # b'] }),
  mutant([12, 14], {}),
];

test.each([
  { name: 'first what noticed a change there', line: 5, tests: [[ALL[1]], [ALL[0]]] },
  { name: 'what ran the code around it', line: 9, tests: [[ALL[0], ALL[1]]] },
  { name: 'everything where no test is known', line: 12, tests: [ALL] },
  { name: 'everything outside of mutants', line: 2, tests: [ALL] },
])('the tests for a line are $name', ({ line, tests }) => {
  expect(testsAround(MUTANTS, { path: PATH, line }, ALL)).toEqual(tests);
});

test('mutants of other files say nothing', () => {
  expect(testsAround(MUTANTS, { path: 'functions/engine/load/adopt.ts', line: 5 }, ALL)).toEqual([
    ALL,
  ]);
});

import { Stryker } from '@stryker-mutator/core';

import type { MutationTask } from './options.ts';
import type { Around } from './testsAround.ts';

/** The share of mutants that the tests must notice, in per cent. */
export const LEAST_SCORE = 85;

/** Runs the tests of a group once for each mutant that Stryker makes of its files, or of the regions; returns what became of them. */
export async function mutateCode({ group, regions }: MutationTask): Promise<readonly Around[]> {
  const { files, tests } = group;
  process.env['MUTATION_TESTS'] = tests.join();
  const lines = regions?.map(({ file, from, to }) => `${file}:${from.toString()}-${to.toString()}`);
  return new Stryker({
    mutate: [...(lines ?? files)],
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/vitest-runner'],
    vitest: { configFile: 'vitest.mutation.config.ts', related: false, pool: 'forks' },
    // The pure ones take a moment, the others wait for the database more than they compute.
    concurrency: 2,
    reporters: ['clear-text', 'progress-append-only'],
    clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
    allowConsoleColors: false,
    tempDirName: `.local/mutation-${process.pid.toString()}`,
    timeoutMS: 20_000,
    thresholds: { high: 95, low: LEAST_SCORE, break: LEAST_SCORE },
  }).runMutationTest();
}

import type { MutantResult } from '@stryker-mutator/api/core';

/** Files of tests, those first that are likelier to notice a change. */
export type TestsInTurn = readonly (readonly string[])[];

/**
 * The tests for a change to a line: first the files that noticed a mutant of the code around it, then those that ran
 * that code; others cannot notice anything. All of them where no test is known to run it.
 */
export function testsAround(
  mutants: readonly Around[],
  place: { readonly path: string; readonly line: number },
  all: readonly string[],
): TestsInTurn {
  const around = mutants.filter(
    ({ fileName, location: { start, end } }) =>
      fileName.endsWith(place.path) && start.line <= place.line && place.line <= end.line,
  );
  const noticed = filesOf(around.flatMap(({ killedBy = [] }) => killedBy));
  const ran = filesOf(around.flatMap(({ coveredBy = [] }) => coveredBy));
  if (ran.size === 0) return [all];
  return [[...noticed], [...ran].filter((file) => !noticed.has(file))].filter(
    (files) => files.length > 0,
  );
}

/** What is known of a mutant of the TypeScript. */
export type Around = Pick<MutantResult, 'fileName' | 'location' | 'killedBy' | 'coveredBy'>;

/** Stryker names a test by its file, `#` and its title. */
function filesOf(tests: readonly string[]): ReadonlySet<string> {
  return new Set(tests.map((test) => test.slice(0, test.indexOf('#'))));
}

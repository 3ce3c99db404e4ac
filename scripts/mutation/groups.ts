/** What is mutated together, and the tests that must notice it. */
export interface MutationGroup {
  readonly files: readonly string[];
  readonly tests: readonly string[];
  /** Files whose SQL is mutated condition by condition, which the mutators for JavaScript cannot do. */
  readonly sqlFiles: readonly string[];
}

const MERGE_FILES = ['merge', 'mergeKey', 'choosePath', 'packages', 'adopt', 'replace'].map(
  (name) => `functions/engine/load/${name}.ts`,
);

/** The code in which a small mistake would lose rows, repeat them or show a secret. */
export const MUTATION_GROUPS: Readonly<Record<string, MutationGroup>> = {
  cursor: {
    files: [
      'functions/engine/extract/newestFirst.ts',
      'functions/engine/extract/ids.ts',
      'functions/engine/extract/cursors/*.ts',
      'functions/engine/extract/marks.ts',
      'functions/engine/run/drafts.ts',
    ],
    tests: [
      'test/unit/extract/marks.test.ts',
      'test/unit/run/drafts.test.ts',
      'test/integration/extract/newestFirst.test.ts',
      'test/integration/extract/offsetLists.test.ts',
      'test/integration/extract/totals.test.ts',
      'test/integration/extract/walking.test.ts',
      'test/integration/extract/walkingChanges.test.ts',
      'test/integration/extract/walkingFailures.test.ts',
      'test/integration/extract/windowed.test.ts',
      'test/integration/extract/changedSince.test.ts',
      'test/integration/state/transitions.test.ts',
    ],
    sqlFiles: [],
  },
  merge: {
    files: MERGE_FILES,
    tests: [
      'test/integration/load/paths.test.ts',
      'test/integration/load/sendFresh.test.ts',
      'test/integration/load/sendGuarded.test.ts',
      'test/integration/load/versions.test.ts',
      'test/integration/load/mergeMethods.test.ts',
      'test/integration/load/adopt.test.ts',
      'test/integration/load/dedupSort.test.ts',
      'test/integration/run/dispositions.test.ts',
      'test/integration/state/commit.test.ts',
    ],
    sqlFiles: MERGE_FILES,
  },
  naming: {
    files: ['functions/engine/normalize/naming.ts'],
    tests: ['test/unit/normalize/naming.test.ts'],
    sqlFiles: [],
  },
  paging: {
    files: [
      'functions/engine/extract/pages.ts',
      'functions/engine/extract/requestGate.ts',
      'functions/engine/extract/readTargets.ts',
      'functions/engine/extract/pagination/*.ts',
    ],
    tests: [
      'test/unit/extract/pagination.test.ts',
      'test/integration/extract/*Lists.test.ts',
      'test/integration/extract/unpaged.test.ts',
      'test/integration/extract/readTargets.test.ts',
      'test/integration/extract/leaving.test.ts',
      'test/integration/extract/size.test.ts',
    ],
    sqlFiles: [],
  },
  redaction: {
    files: ['functions/engine/normalize/shownValue.ts', 'functions/engine/sql/errors.ts'],
    tests: [
      'test/unit/normalize/shownValue.test.ts',
      'test/unit/sql/errors.test.ts',
      'test/integration/sql/errors.test.ts',
    ],
    sqlFiles: [],
  },
};

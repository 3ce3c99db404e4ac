import { defineConfig } from 'vitest/config';

import { LongestFirst } from './test/support/longestFirst.ts';
import { LONG_TESTS } from './test/support/longTests.ts';

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // One more than the smallest machine has cores: tests often wait, for GitLab's latency or for a lease to end.
    maxWorkers: 3,
    // Files share no state, so a worker need not load the modules anew for each of them: a fifth of the time.
    isolate: false,
    // A young generation that holds the pages of a load: a tenth of the time, for collecting them once rather than many times.
    execArgv: ['--max-semi-space-size=64'],
    sequence: { sequencer: LongestFirst },
    globalSetup: ['test/support/globalSetup.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'short',
          include: ['test/**/*.test.ts'],
          exclude: LONG_TESTS,
          typecheck: {
            enabled: true,
            include: ['test/types/**/*.test-d.ts'],
            // Only those files and what they import: `npm run check` looks at the others.
            tsconfig: 'test/types/tsconfig.json',
          },
        },
      },
      { extends: true, test: { name: 'long', include: LONG_TESTS } },
    ],
    reporters:
      process.env['CI'] === undefined
        ? ['default']
        : ['default', ['json', { outputFile: process.env['TEST_REPORT'] ?? 'test-report.json' }]],
  },
});

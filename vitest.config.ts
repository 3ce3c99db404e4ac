import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // Files share no state, so a worker need not load the modules anew for each of them: a fifth of the time.
    isolate: false,
    globalSetup: ['test/support/globalSetup.ts'],
    typecheck: { enabled: true, include: ['test/types/**/*.test-d.ts'] },
    reporters:
      process.env['CI'] === undefined
        ? ['default']
        : ['default', ['json', { outputFile: 'test-report.json' }]],
  },
});

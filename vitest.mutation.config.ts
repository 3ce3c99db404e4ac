import { defineConfig } from 'vitest/config';

/** Only the tests of a group, without the type tests, and every module loaded anew: what runs at loading is mutated too. */
export default defineConfig({
  test: {
    include: (process.env['MUTATION_TESTS'] ?? '').split(','),
    testTimeout: 30_000,
    hookTimeout: 60_000,
    isolate: true,
    globalSetup: ['test/support/globalSetup.ts'],
  },
});

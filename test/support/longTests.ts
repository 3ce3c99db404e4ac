/**
 * What `npm run test:long` runs, and `npm test` does not: storms of faults, worlds loaded whole, all of dlt's scenarios, processes that are
 * stopped, frozen, moved and continued, Terraform.
 */
export const LONG_TESTS = [
  'test/infra.test.ts',
  'test/integration/chaos.test.ts',
  'test/integration/cli/interruptions.test.ts',
  'test/integration/cli/kills.test.ts',
  'test/integration/cli/together.test.ts',
  'test/integration/extract/catalog.test.ts',
  'test/integration/job/jobTask.test.ts',
  'test/integration/localPostgresProcesses.test.ts',
  'test/integration/run/churn.test.ts',
  'test/integration/run/concurrentRuns.test.ts',
  'test/integration/run/continuationCalls.test.ts',
  'test/integration/run/manyProjects.test.ts',
  'test/integration/run/wholeCatalogue.test.ts',
  'test/parity/scenarios.test.ts',
];

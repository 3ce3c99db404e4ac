import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take more than fifteen seconds on a machine at rest. */
const LONG = [
  'integration/chaos',
  'integration/cli/demo',
  'integration/cli/run',
  'parity/scenarios',
  'integration/job/jobTask',
  'integration/run/continuation',
  'integration/run/wholeCatalogue',
  'infra',
  'integration/run/churn',
  'integration/functions/sigterm',
  'integration/cli/alloydb',
  'integration/run/takeover',
  'integration/cli/together',
  'integration/cli/kills',
  'integration/cli/surroundings',
  'integration/cli/interruptions',
].map((name) => `/test/${name}.test.ts`);

/** Begins with the files that take longest: begun last, one of them would keep a single worker busy at the end. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((left, right) => rank(left) - rank(right));
  }
}

function rank({ moduleId }: TestSpecification): number {
  return LONG.some((end) => moduleId.endsWith(end)) ? 0 : 1;
}

import type { CliResult } from '../../test/support/cli.ts';
import { openBenchSite } from './site.ts';

const BUDGET_SECONDS = 3;
const PAGES = 120;
const LATENCY_MILLISECONDS = 250;
const MOST_INVOCATIONS = 200;
const JOBS = ['run', '--family', 'jobs'];

/**
 * `bench budget`: a load of 120 pages of 250 ms each by invocations that end after three seconds and whose continuations
 * nobody delivers. Prints how many it takes, how long the longest is and what each asks for besides its pages.
 */
export async function benchBudget(): Promise<void> {
  const world = { projects: 3, jobs: PAGES * 100 - 150, latencyMilliseconds: LATENCY_MILLISECONDS };
  await using site = await openBenchSite(world);
  const url = await site.createDatabase('bounded');
  const whole = await site.createDatabase('whole');
  await site.run(url, ['run', '--family', 'projects']);
  await site.run(whole, ['run', '--family', 'projects']);
  const requests = async (work: () => Promise<unknown>): Promise<number> => {
    const before = site.gitlab.requests.total;
    await work();
    return site.gitlab.requests.total - before;
  };
  const atOnce = await requests(() => site.run(whole, JOBS));
  const invocations: CliResult[] = [];
  const bounded = await requests(async () => {
    while (invocations.at(-1)?.exitCode !== 0 && invocations.length < MOST_INVOCATIONS) {
      const environment = { TIME_BUDGET_SECONDS: BUDGET_SECONDS.toString() };
      invocations.push(await site.run(url, JOBS, environment));
    }
  });
  const extra = (bounded - atOnce) / invocations.length;
  process.stdout.write(
    `${JSON.stringify({
      benchmark: 'budget',
      requestsAtOnce: atOnce,
      invocations: invocations.length,
      longestSeconds: Math.max(
        ...invocations.map(({ seconds }) => Math.round(seconds * 100) / 100),
      ),
      extraRequestsPerInvocation: Math.round(extra * 100) / 100,
      lastExitCode: invocations.at(-1)?.exitCode,
      differences: (await site.jobDifferences(url)).length,
    })}\n`,
  );
}

import type { CliResult } from '../../test/support/cli.ts';
import { type BenchSite, openBenchSite } from './site.ts';

const BUDGET_SECONDS = 3;
const PAGES = 120;
const LATENCY_MILLISECONDS = 250;
const MOST_INVOCATIONS = 200;
const JOBS = ['run', '--family', 'jobs'];

/**
 * `bench budget`: a load of 120 pages of 250 ms each by invocations that end after three seconds and whose continuations
 * nobody delivers. Prints how many it takes, how long the longest is, and how many requests the worst of them sends that one
 * invocation without an end would not have sent.
 */
export async function benchBudget(): Promise<void> {
  const world = { projects: 3, jobs: PAGES * 100 - 150, latencyMilliseconds: LATENCY_MILLISECONDS };
  await using site = await openBenchSite(world);
  const url = await site.createDatabase('bounded');
  const whole = await site.createDatabase('whole');
  await site.run(url, ['run', '--family', 'projects']);
  await site.run(whole, ['run', '--family', 'projects']);
  const wanted = await askedBy(site, () => site.run(whole, JOBS));
  const missing = new Set(wanted);
  const invocations: CliResult[] = [];
  const extra: number[] = [];
  while (invocations.at(-1)?.exitCode !== 0 && invocations.length < MOST_INVOCATIONS) {
    const environment = { TIME_BUDGET_SECONDS: BUDGET_SECONDS.toString() };
    const asked = await askedBy(site, async () => {
      invocations.push(await site.run(url, JOBS, environment));
    });
    extra.push(asked.filter((request) => !missing.delete(request)).length);
  }
  process.stdout.write(
    `${JSON.stringify({
      benchmark: 'budget',
      requestsAtOnce: wanted.length,
      invocations: invocations.length,
      longestSeconds: Math.max(
        ...invocations.map(({ seconds }) => Math.round(seconds * 100) / 100),
      ),
      mostExtraRequests: Math.max(...extra),
      extraRequests: extra.reduce((total, count) => total + count, 0),
      lastExitCode: invocations.at(-1)?.exitCode,
      differences: (await site.jobDifferences(url)).length,
    })}\n`,
  );
}

/** What GitLab was asked for meanwhile. */
async function askedBy(
  { gitlab }: BenchSite,
  work: () => Promise<unknown>,
): Promise<readonly string[]> {
  gitlab.requests.clear();
  await work();
  return gitlab.requests.entries.map(({ url }) => url);
}

import type { CliResult } from '../../test/support/cli.ts';
import { type BenchSite, openBenchSite } from './site.ts';

const PROCESSES = 8;
const FAMILY = ['run', '--family', 'jobs'];
const PAGES = /\/jobs\?/;

/**
 * `bench together [rounds]`: eight processes of one family are started at once, again and again. Prints how many pages
 * GitLab is asked for beside what one process asks for, and how soon those leave that come too late.
 */
export async function benchTogether([rounds = '10']: readonly string[]): Promise<void> {
  await using site = await openBenchSite({ projects: 8, jobs: 4_000, latencyMilliseconds: 30 });
  const alone = await playRound(site, 'alone', 1);
  const played: Round[] = [];
  for (let round = 1; round <= Number(rounds); round += 1)
    played.push(await playRound(site, `round_${round.toString()}`, PROCESSES));
  const results = played.flatMap(({ results: ended }) => ended);
  const losers = results.filter(({ exitCode }) => exitCode === 75);
  process.stdout.write(
    `${JSON.stringify({
      benchmark: 'together',
      rounds: Number(rounds),
      processes: PROCESSES,
      pagesAlone: alone.pages,
      mostPages: Math.max(...played.map(({ pages }) => pages)),
      pagesRatio: round2(Math.max(...played.map(({ pages }) => pages)) / alone.pages),
      exitCodes: countsOf(results),
      slowestLoserSeconds: round2(Math.max(0, ...losers.map(({ seconds }) => seconds))),
      medianLoserSeconds: round2(median(losers.map(({ seconds }) => seconds))),
      aloneSeconds: round2(alone.results[0]?.seconds ?? 0),
      differences: played.reduce((sum, { differences }) => sum + differences, alone.differences),
    })}\n`,
  );
}

interface Round {
  readonly pages: number;
  readonly results: readonly CliResult[];
  readonly differences: number;
}

/** The projects are known before, so that the processes have something to share. */
async function playRound(site: BenchSite, name: string, processes: number): Promise<Round> {
  const url = await site.createDatabase(name);
  await site.run(url, ['run', '--family', 'projects']);
  const before = site.gitlab.requests.count(PAGES);
  const results = await Promise.all(Array.from({ length: processes }, () => site.run(url, FAMILY)));
  const pages = site.gitlab.requests.count(PAGES) - before;
  return { pages, results, differences: (await site.jobDifferences(url)).length };
}

function countsOf(results: readonly CliResult[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { exitCode } of results) {
    const code = String(exitCode);
    counts[code] = (counts[code] ?? 0) + 1;
  }
  return counts;
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}

import type { CliResult } from '../../test/support/cli.ts';
import { truthDifferences } from '../../test/support/truthDifferences.ts';
import { brokenInvariants, type Watched } from './reader.ts';
import type { Fault, Site } from './site.ts';
import { truthOf } from './world.ts';

const MOST_RUNS = 4;
const MOST_DIFFERENCES = 5;

/** Processes that ended in a way that the fault does not excuse. */
export function judgeEnds(
  ended: readonly CliResult[],
  { mayEnd }: Pick<Fault, 'mayEnd'>,
): readonly string[] {
  return ended.flatMap(({ exitCode, stdout, stderr }) => {
    const defect = /E_DEFECT/.test(stdout + stderr) ? ['the loader tells of a defect'] : [];
    if (mayEnd.includes(exitCode)) return defect;
    return [...defect, `a process ended with ${String(exitCode)}: ${lastLine(stderr)}`];
  });
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}

/** Loads until nothing is left to do, now that the world stands still, and compares everything with it. */
export async function finish(site: Site, watched: Watched): Promise<readonly string[]> {
  let last: CliResult | undefined;
  for (let runs = 0; last?.exitCode !== 0 && runs < MOST_RUNS; runs += 1)
    last = await site.start().ended;
  if (last?.exitCode !== 0)
    return [`the loader does not come to an end: ${lastLine(last?.stderr ?? '')}`];
  const invariants = await brokenInvariants(site.admin, watched, 'at rest');
  const differences = await truthDifferences(site.admin, truthOf(site.gitlab));
  return invariants.concat(
    differences.slice(0, MOST_DIFFERENCES),
    differences.length > MOST_DIFFERENCES ? [`${differences.length.toString()} differences`] : [],
  );
}

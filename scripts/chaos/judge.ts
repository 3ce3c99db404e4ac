import type { CliResult } from '../../test/support/cli.ts';
import { truthDifferences } from '../../test/support/truthDifferences.ts';
import { BY_CURSOR, SWEEPING } from './lane.ts';
import { brokenInvariants, type Watched } from './reader.ts';
import { type Fault, GOES_ON, type Site } from './site.ts';
import { truthOf } from './world.ts';

const MOST_RUNS = 4;
const MOST_DIFFERENCES = 5;

/** What is wrong at the end of a trial. */
export interface Findings {
  /** What the tables show: an invariant that does not hold, a row that is missing, wrong or there twice. */
  readonly lost: readonly string[];
  /** How processes ended, and what the trial itself could not do. */
  readonly odd: readonly string[];
}

/** Processes that ended in a way that the fault does not excuse. */
export function judgeEnds(
  ended: readonly CliResult[],
  { mayEnd }: Pick<Fault, 'mayEnd'>,
): readonly string[] {
  return ended.flatMap(({ exitCode, stdout, stderr }) => {
    const defect = /E_DEFECT|The loader has a defect/.test(stdout + stderr)
      ? ['the loader tells of a defect']
      : [];
    if (mayEnd.includes(exitCode)) return defect;
    return [...defect, `a process ended with ${String(exitCode)}: ${lastLine(stderr)}`];
  });
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}

/**
 * Loads until nothing is left to do, now that the world stands still, and once more by the cursors after `showLate` has let
 * rows appear below them: then no row may be missing. Then loads with sweeps, and compares everything.
 */
export async function finish(
  site: Site,
  watched: Watched,
  showLate: () => void,
): Promise<Findings> {
  const runs: CliResult[] = [];
  while (runs.at(-1)?.exitCode !== 0 && runs.length < MOST_RUNS)
    runs.push(await site.start().ended);
  showLate();
  const truth = truthOf(site.gitlab);
  const last = [await site.start(BY_CURSOR).ended];
  const missing = (await truthDifferences(site.admin, truth)).filter((text) =>
    text.endsWith(' is missing'),
  );
  last.push(await site.start(SWEEPING).ended);
  const ends = judgeEnds([...runs, ...last], { mayEnd: GOES_ON });
  if ([...runs.slice(-1), ...last].some(({ exitCode }) => exitCode !== 0))
    return { odd: [...ends, 'the loader does not come to an end'], lost: [] };
  const invariants = await brokenInvariants(site.admin, watched, 'at rest');
  const differences = [...missing, ...(await truthDifferences(site.admin, truth))];
  const more = differences.length - MOST_DIFFERENCES;
  const rest = more > 0 ? [`${differences.length.toString()} differences`] : [];
  return { odd: ends, lost: [...invariants, ...differences.slice(0, MOST_DIFFERENCES), ...rest] };
}

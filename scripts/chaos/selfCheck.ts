import { at } from '../../test/support/gitlab/random.ts';
import { output } from '../commands/terminal.ts';
import { drawTable } from '../render/summary.ts';
import { type Lane, openLane } from './lane.ts';
import { type LoaderBuilds, openLoaderBuilds, SMALL_PACKAGES } from './loaderBuilds.ts';
import { type ScratchServer, startScratchServer } from './scratchServer.ts';
import { runTrial, type TrialReport } from './trial.ts';
import { type Variant, type VariantName, VARIANTS } from './variants.ts';

/** How a broken loader was caught. */
export interface Catch {
  readonly variant: VariantName;
  readonly limit: number;
  /** The trial that caught it, which is the number of trials needed; undefined when none did. */
  readonly report: TrialReport | undefined;
}

const LANES = 2;

/** Tries every broken loader until a trial catches it; returns the exit code. */
export async function selfCheck(seed: number): Promise<number> {
  await using stack = new AsyncDisposableStack();
  const builds = stack.use(openLoaderBuilds());
  const waiting = Object.keys(VARIANTS) as VariantName[];
  const caught: Catch[] = [];
  const work = async (): Promise<void> => {
    const server = stack.use(await startScratchServer());
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const one = await catchVariant(await laneOf(name, builds, server), name, seed);
      output.line(sentenceOf(one));
      caught.push(one);
    }
  };
  await Promise.all(Array.from({ length: LANES }, work));
  tell(caught);
  return caught.every(({ report }) => report !== undefined) ? 0 : 1;
}

/** Builds a broken loader and loads with it what its trials begin with. */
export async function laneOf(
  name: VariantName,
  builds: LoaderBuilds,
  server: ScratchServer,
): Promise<Lane> {
  const { substitutions }: Variant = VARIANTS[name];
  const entrance = await builds.build(name, [...SMALL_PACKAGES, ...substitutions]);
  return openLane(server, { entrance, name });
}

/** Plays the faults of a broken loader in turn, as often as its limit says. */
export async function catchVariant(lane: Lane, name: VariantName, seed: number): Promise<Catch> {
  const { faults, limit }: Variant = VARIANTS[name];
  for (let number = 1; number <= limit; number += 1) {
    const fault = at(faults, (number - 1) % faults.length);
    const report = await runTrial(lane, { seed, number, fault });
    if (seenOf(report, VARIANTS[name]).length > 0) return { variant: name, limit, report };
  }
  return { variant: name, limit, report: undefined };
}

/** What shows that a loader is broken: its tables, unless it is known by how its processes end. */
export function seenOf({ lost, odd }: TrialReport, { shows }: Variant): readonly string[] {
  return shows === 'ends' ? [...lost, ...odd] : lost;
}

function sentenceOf({ variant, limit, report }: Catch): string {
  if (report === undefined) return `${variant}: NOT caught within ${limit.toString()} trials`;
  const { fault, number, points } = report;
  const [first = '', ...more] = seenOf(report, VARIANTS[variant]);
  const others = more.length === 0 ? '' : ` and ${more.length.toString()} more`;
  return `${variant}: caught by ${fault} (${points.join(', ')}) in trial ${number.toString()}: ${first}${others}`;
}

function tell(caught: readonly Catch[]): void {
  const rows = Object.keys(VARIANTS).flatMap((name) =>
    caught
      .filter(({ variant }) => variant === name)
      .map(({ variant, limit, report }) => [
        variant,
        report?.fault ?? 'NOT CAUGHT',
        report?.number.toString() ?? '-',
        limit.toString(),
        (report && seenOf(report, VARIANTS[variant])[0]) ?? '',
      ]),
  );
  output.line(
    drawTable(['variant', 'caught by', 'trials', 'limit', 'seen'], rows, [2, 3]).trimEnd(),
  );
}

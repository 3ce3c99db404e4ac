import { at } from '../../test/support/gitlab/random.ts';
import { output } from '../commands/terminal.ts';
import { DRAWN, type FaultName } from './faults.ts';
import { type Lane, openLane } from './lane.ts';
import { openLoaderBuilds, SMALL_PACKAGES } from './loaderBuilds.ts';
import type { TrialsOptions } from './options.ts';
import { startScratchServer } from './scratchServer.ts';
import { runTrial, type TrialReport } from './trial.ts';
import { randomOfTrial } from './world.ts';

const LANES = 2;

/** The two builds that are tried: small packages give more points, the product's own are the real thing. */
interface LanePair {
  readonly small: Lane;
  readonly product: Lane;
}

/** Runs the trials, two at a time, and tells of each in one line; returns the exit code. */
export async function runTrials({ seed, numbers, fault }: TrialsOptions): Promise<number> {
  await using stack = new AsyncDisposableStack();
  const builds = stack.use(openLoaderBuilds());
  const small = await builds.build('small', SMALL_PACKAGES);
  const product = await builds.build('product', []);
  const waiting = [...numbers];
  let violations = 0;
  let missed = 0;
  const work = async (): Promise<void> => {
    const server = stack.use(await startScratchServer());
    const lanes: LanePair = {
      small: await openLane(server, { entrance: small, name: 'small' }),
      product: await openLane(server, { entrance: product, name: 'product' }),
    };
    for (;;) {
      const number = waiting.shift();
      if (number === undefined) return;
      const name = fault ?? faultOfTrial(seed, number);
      const lane = randomOfTrial(seed, number, 'build').chance(0.25) ? lanes.product : lanes.small;
      const report = await runTrial(lane, { seed, number, fault: name });
      tell(report);
      if (report.lost.length + report.odd.length > 0) violations += 1;
      if (report.points.length === 0) missed += 1;
    }
  };
  await Promise.all(Array.from({ length: Math.min(LANES, numbers.length) }, work));
  const count = `${numbers.length.toString()} trials, ${missed.toString()} not struck`;
  output.line(`chaos: ${count}, ${violations.toString()} violations`);
  return violations === 0 ? 0 : 1;
}

/** The fault that a trial draws. */
export function faultOfTrial(seed: number, number: number): FaultName {
  const drawn = randomOfTrial(seed, number, 'name').integer(0, DRAWN.length - 1);
  return at(DRAWN, drawn);
}

function tell(report: TrialReport): void {
  const { number, seed, fault, beginning, points, snapshots, seconds } = report;
  const broken = [...report.lost, ...report.odd];
  const result = broken.length === 0 ? 'ok' : 'VIOLATION';
  const struck = points.length === 0 ? 'not struck' : points.join(', ');
  output.line(
    `${number.toString().padStart(4)} seed ${seed.toString()} ${fault.padEnd(15)} ${beginning.padEnd(6)} ${result} ` +
      `${seconds.toFixed(1)} s, ${snapshots.toString()} snapshots: ${struck}`,
  );
  if (broken.length === 0) return;
  for (const text of broken) output.line(`     ${text}`);
  output.line(
    `     again: npm run chaos -- --seed ${seed.toString()} --trial ${number.toString()} --fault ${fault}`,
  );
}

import { randomOf } from '../../test/support/gitlab/random.ts';
import { exitCodeOf, tellError } from '../commands/failure.ts';
import { output } from '../commands/terminal.ts';
import { tell, type Verdict } from './figures.ts';
import { followChanges } from './followChanges.ts';
import { losslessBurst } from './losslessBurst.ts';
import { type Options, parseOptions, USAGE } from './options.ts';
import { refusals } from './refusals.ts';
import { openSender } from './sender.ts';
import { openSite } from './site.ts';
import { steadyStream } from './steadyStream.ts';

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
try {
  const options = parseOptions(process.argv.slice(2));
  if (options === undefined) output.text(USAGE);
  else if (!(await keepsPromises(options))) process.exitCode = 1;
} catch (error) {
  tellError(error);
  process.exitCode = exitCodeOf(error);
}

/** Tries one promise after the other and prints what was seen of each. */
async function keepsPromises({ seed, events, samples, seconds }: Options): Promise<boolean> {
  await using site = await openSite(seed);
  await using sender = openSender(site.receive.url);
  const random = randomOf(seed, 'e2e');
  const promises: readonly (() => Promise<Verdict>)[] = [
    () => followChanges(site, sender, { samples, random }),
    () => steadyStream(site, sender, { seconds, random }),
    () => refusals(site, sender, random),
    () => losslessBurst(site, sender, { events, random }),
  ];
  let areKept = true;
  for (const promise of promises) {
    const verdict = await promise();
    tell(verdict);
    areKept &&= verdict.isKept;
  }
  return areKept;
}

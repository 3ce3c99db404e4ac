import { exitCodeOf, tellError } from '../commands/failure.ts';
import { output } from '../commands/terminal.ts';
import { parseOptions } from './options.ts';
import { selfCheck } from './selfCheck.ts';
import { runTrials } from './trials.ts';

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
try {
  const options = parseOptions(process.argv.slice(2));
  switch (options.mode) {
    case 'help':
      output.text(options.text);
      break;
    case 'self-check':
      process.exitCode = await selfCheck(options.seed);
      break;
    case 'trials':
      process.exitCode = await runTrials(options);
      break;
  }
} catch (error) {
  tellError(error);
  process.exitCode = exitCodeOf(error);
}

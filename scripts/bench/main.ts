import { LoaderError } from '../../functions/engine/model/errors.ts';
import { exitCodeOf, tellError } from '../commands/failure.ts';
import { benchBudget } from './budget.ts';
import { benchColdStart } from './coldStart.ts';
import { benchConnector } from './connector.ts';
import { benchIdle } from './idle.ts';
import { benchLoad } from './load.ts';
import { benchProtocol } from './protocol.ts';
import { benchTogether } from './together.ts';

const BENCHMARKS: Readonly<Record<string, (parameters: readonly string[]) => Promise<void>>> = {
  budget: benchBudget,
  'cold-start': benchColdStart,
  connector: benchConnector,
  idle: benchIdle,
  load: benchLoad,
  protocol: benchProtocol,
  together: benchTogether,
};

const [name = '', ...parameters] = process.argv.slice(2);
try {
  const benchmark = BENCHMARKS[name];
  if (benchmark === undefined) {
    const known = Object.keys(BENCHMARKS).join(', ');
    throw new LoaderError('E_REQUEST', `There is no benchmark named '${name}'; known: ${known}.`);
  }
  await benchmark(parameters);
} catch (error) {
  tellError(error);
  process.exitCode = exitCodeOf(error);
}

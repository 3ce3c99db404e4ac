import { LoaderError } from '../../functions/engine/model/errors.ts';
import { exitCodeOf, tellError } from '../commands/failure.ts';
import { benchLoad } from './load.ts';
import { benchProtocol } from './protocol.ts';

const BENCHMARKS: Readonly<Record<string, (parameters: readonly string[]) => Promise<void>>> = {
  load: benchLoad,
  protocol: benchProtocol,
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

import { parseArgs } from 'node:util';

import { LoaderError } from '../../functions/engine/model/errors.ts';
import { type FaultName, FAULTS } from './faults.ts';
import { VARIANTS } from './variants.ts';

/** What the command line asks for. */
export type Options =
  | { readonly mode: 'help'; readonly text: string }
  | { readonly mode: 'self-check'; readonly seed: number }
  | TrialsOptions;

/** Which trials to run. */
export interface TrialsOptions {
  readonly mode: 'trials';
  readonly seed: number;
  /** Numbers of the trials; with the seed they decide everything. */
  readonly numbers: readonly number[];
  /** Undefined to draw one for each trial. */
  readonly fault: FaultName | undefined;
}

const USAGE = `npm run chaos -- [--seed S] [--trials N] [--fault NAME]   N trials with faults drawn from the seed
npm run chaos -- --seed S --trial N [--fault NAME]        one of them again
npm run chaos -- --self-check                             broken loaders, each of which must be caught
`;

/** Reads the command line; throws E_REQUEST for what it does not know. */
export function parseOptions(argv: readonly string[]): Options {
  const values = read(argv);
  if (values.help === true) return { mode: 'help', text: helpText() };
  const seed = values.seed === undefined ? Date.now() % 1_000_000 : numberOf('seed', values.seed);
  if (values['self-check'] === true) return { mode: 'self-check', seed };
  if (values.trial !== undefined && values.trials !== undefined)
    throw wrong('--trial repeats one trial and --trials runs many: give one of them.');
  const trials = numberOf('trials', values.trials ?? '20');
  const numbers =
    values.trial === undefined
      ? Array.from({ length: trials }, (_, index) => index + 1)
      : [numberOf('trial', values.trial)];
  return { mode: 'trials', seed, numbers, fault: faultOf(values.fault) };
}

function read(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        seed: { type: 'string' },
        trials: { type: 'string' },
        trial: { type: 'string' },
        fault: { type: 'string' },
        'self-check': { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error));
  }
}

function numberOf(name: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw wrong(`--${name} takes a whole number from 1 on, not '${text}'.`);
}

function faultOf(name: string | undefined): FaultName | undefined {
  if (name === undefined) return undefined;
  if (Object.hasOwn(FAULTS, name)) return name as FaultName;
  throw wrong(`There is no fault '${name}'; known: ${Object.keys(FAULTS).join(', ')}.`);
}

function wrong(message: string): LoaderError {
  return new LoaderError('E_REQUEST', message);
}

function helpText(): string {
  const faults = Object.entries(FAULTS).map(
    ([name, { catalogue, what }]) => `  ${name.padEnd(16)} ${catalogue.padEnd(8)} ${what}`,
  );
  const variants = Object.entries(VARIANTS).map(
    ([name, { what }]) => `  ${name.padEnd(25)} ${what}`,
  );
  return [USAGE, 'Faults:', ...faults, '', 'Broken loaders:', ...variants, ''].join('\n');
}

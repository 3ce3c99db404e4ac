import { parseArgs } from 'node:util';

import { LoaderError } from '../../functions/engine/model/errors.ts';

/** How much is sent. */
export interface Options {
  readonly seed: number;
  /** Events that are sent 1 to 5 times while the consumer is killed. */
  readonly events: number;
  /** Changes that are followed from GitLab to their row, one after the other. */
  readonly samples: number;
  /** How long `receive` gets 100 requests in a second. */
  readonly seconds: number;
}

/** What `--help` prints. */
export const USAGE = `npm run e2e -- [--events 5000] [--samples 60] [--seconds 10] [--seed 1]
Webhooks from GitLab to rows, with every function in a process of its own. Exit code 1 when a promise is broken.
`;

/** Reads the command line; undefined for `--help`. Throws E_REQUEST for what it does not know. */
export function parseOptions(argv: readonly string[]): Options | undefined {
  const values = read(argv);
  if (values.help === true) return undefined;
  return {
    seed: numberOf('seed', values.seed),
    events: numberOf('events', values.events),
    samples: numberOf('samples', values.samples),
    seconds: numberOf('seconds', values.seconds),
  };
}

function read(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        seed: { type: 'string', default: '1' },
        events: { type: 'string', default: '5000' },
        samples: { type: 'string', default: '60' },
        seconds: { type: 'string', default: '10' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new LoaderError('E_REQUEST', error instanceof Error ? error.message : String(error));
  }
}

function numberOf(name: string, text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new LoaderError(
    'E_REQUEST',
    `--${name}: expected an integer from 1 to 999999, got '${text}'.`,
  );
}

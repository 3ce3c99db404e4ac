import type { Command } from 'commander';

import { loadDatabaseSettings } from '../../functions/engine/config/loadSettings.ts';
import { upgradeState } from '../../functions/engine/run/upgradeState.ts';
import { type CommandContext, isForPeople, output } from './terminal.ts';

const PENDING = 1;

interface MigrateOptions {
  readonly check?: true;
  readonly json?: true;
}

/** `migrate`: makes or upgrades the state schema, which every run does too; `--check` only tells whether that is due. */
export function addMigrateCommand(program: Command, { withSettings }: CommandContext): void {
  program
    .command('migrate')
    .description('make the state schema or bring it to this release; needs the database alone')
    .option('--check', 'change nothing; end with 1 when there is something to do')
    .option('--json', 'as JSON')
    .action(({ check, json }: MigrateOptions) =>
      withSettings(async (environment) => {
        const settings = await loadDatabaseSettings(environment);
        const { dataset } = settings;
        const isCheck = check === true;
        const { from, to } = await upgradeState(settings, isCheck ? 'look' : 'upgrade');
        const isPending = isCheck && from !== to;
        if (json === true || !isForPeople(environment)) {
          output.line(JSON.stringify({ event: 'migrate', dataset, from, to, pending: isPending }));
        } else {
          output.line(sentence({ dataset, from, to, isPending }));
        }
        return isPending ? PENDING : 0;
      }),
    );
}

function sentence({
  dataset,
  from,
  to,
  isPending,
}: {
  readonly dataset: string;
  readonly from: number;
  readonly to: number;
  readonly isPending: boolean;
}): string {
  const state = `The state of dataset '${dataset}'`;
  if (from === to) return `${state} has version ${to.toString()}; there is nothing to do.`;
  const versions = `from version ${from.toString()} to ${to.toString()}`;
  return isPending ? `${state} is to be brought ${versions}.` : `${state} was brought ${versions}.`;
}

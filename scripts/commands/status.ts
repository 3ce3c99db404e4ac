import type { Command } from 'commander';

import { loadDatabaseSettings } from '../../functions/engine/config/loadSettings.ts';
import { readStatus } from '../../functions/engine/run/readStatus.ts';
import { describeStatus } from '../render/describeStatus.ts';
import { type CommandContext, isForPeople, output } from './terminal.ts';

/** `status`: the last runs and how every resource stands. */
export function addStatusCommand(program: Command, { withSettings }: CommandContext): void {
  program
    .command('status')
    .description('show the last runs and how every resource stands')
    .option('--json', 'as JSON')
    .action(({ json }: { readonly json?: true }) =>
      withSettings(async (environment) => {
        const status = await readStatus(await loadDatabaseSettings(environment));
        if (json === true || !isForPeople(environment)) {
          output.line(JSON.stringify({ event: 'status', ...status }));
        } else {
          output.line(describeStatus(status));
        }
        return 0;
      }),
    );
}

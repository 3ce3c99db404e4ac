import type { Command } from 'commander';

import { catalog } from '../../functions/catalog.ts';
import { selectResources } from '../../functions/engine/catalog/selection.ts';
import { loadDatabaseSettings } from '../../functions/engine/config/loadSettings.ts';
import { resume } from '../../functions/engine/run/resume.ts';
import type { HaltedChoice } from '../../functions/engine/state/halted.ts';
import { type CommandContext, isForPeople, output } from './terminal.ts';

type Options = Pick<HaltedChoice, 'resource' | 'partition'> & { readonly confirmDeletes?: true };

/** `resume`: lets partitions be loaded again that were halted because they failed too often. */
export function addResumeCommand(program: Command, { withSettings }: CommandContext): void {
  program
    .command('resume')
    .description('let halted partitions be loaded again; all of them unless some are named')
    .option('--resource <resource>', 'those of one resource')
    .option('--partition <id>', 'that of one project or group')
    .option(
      '--confirm-deletes',
      'the rows that GitLab no longer lists are really gone: delete them, however many',
    )
    .action(({ confirmDeletes, ...named }: Options) =>
      withSettings(async (environment) => {
        const choice: HaltedChoice = { ...named, ...(confirmDeletes && { deletes: 'confirmed' }) };
        const { resource } = choice;
        if (resource !== undefined) selectResources(catalog, { resources: [resource] });
        const settings = await loadDatabaseSettings(environment);
        const resumed = await resume(settings, choice);
        const message = sentence(resumed);
        const event = { event: 'resume', dataset: settings.dataset, resumed, message };
        output.line(isForPeople(environment) ? message : JSON.stringify(event));
        return 0;
      }),
    );
}

function sentence(resumed: number): string {
  if (resumed === 0) return 'Nothing was halted, so nothing was resumed.';
  return resumed === 1
    ? 'One partition was resumed; the next run loads it.'
    : `${resumed.toString()} partitions were resumed; the next run loads them.`;
}

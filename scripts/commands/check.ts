import type { Command } from 'commander';

import { loadSettings } from '../../functions/engine/config/loadSettings.ts';
import { checkAccess } from '../../functions/engine/run/checkAccess.ts';
import { describeCheck } from '../render/describeCheck.ts';
import { type CommandContext, isForPeople, output } from './terminal.ts';

/** `check`: whether token and database allow a run, in a few requests. */
export function addCheckCommand(program: Command, { signal, withSettings }: CommandContext): void {
  program
    .command('check')
    .description('check token, GitLab and database rights, without loading anything')
    .option('--json', 'as JSON')
    .action(({ json }: { readonly json?: true }) =>
      withSettings(async (environment) => {
        const settings = await loadSettings(environment);
        const entrance = { signal, now: Date.now, random: Math.random };
        const findings = await checkAccess(settings, entrance);
        output.line(
          json !== true && isForPeople(environment)
            ? describeCheck(findings)
            : JSON.stringify({ event: 'check', ...findings }),
        );
        return 0;
      }),
    );
}

import type { Command } from 'commander';

import { catalog } from '../../functions/catalog.ts';
import { planRun } from '../../functions/engine/run/planRun.ts';
import { describePlan } from '../render/describePlan.ts';
import { gather, requestOf, type RunOptions, settingsFor } from './run.ts';
import { type CommandContext, isForPeople, output } from './terminal.ts';

/** `plan`: what a run would ask and store, before it does. */
export function addPlanCommand(program: Command, { signal, withSettings }: CommandContext): void {
  program
    .command('plan')
    .description('estimate requests, time and bytes of a run, without loading anything')
    .option('--family <name>', 'only this family; may be repeated', gather)
    .option('--resource <name>', 'only this resource; may be repeated', gather)
    .option('--partition <key>', 'only this project or group, by its numeric id')
    .option('--json', 'as JSON')
    .action(({ json, ...options }: RunOptions & { readonly json?: true }) =>
      withSettings(async (environment) => {
        const request = requestOf(options);
        const settings = await settingsFor(environment, request);
        const entrance = { settings, catalog, signal, now: Date.now, random: Math.random };
        const plan = await planRun(entrance, request);
        output.line(
          json !== true && isForPeople(environment)
            ? describePlan(plan)
            : JSON.stringify({ event: 'plan', ...plan }),
        );
        return 0;
      }),
    );
}

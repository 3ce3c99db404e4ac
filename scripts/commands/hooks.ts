import type { Command } from 'commander';

import { loadGitlabSettings, loadSettings } from '../../functions/engine/config/loadSettings.ts';
import type { RunReport } from '../../functions/engine/model/run.ts';
import { exitCodeOfReport } from '../../functions/engine/run/exitCode.ts';
import { readHookStatus } from '../../functions/engine/run/hookStatus.ts';
import { installHooks } from '../../functions/engine/run/installHooks.ts';
import { repairHooks } from '../../functions/engine/run/repairHooks.ts';
import { describeHookStatus, describeInstalled, describeRepair } from '../render/describeHooks.ts';
import { runOnce } from './run.ts';
import { type CommandContext, type Environment, isForPeople, output } from './terminal.ts';

interface Options {
  readonly dryRun?: true;
  readonly json?: true;
}

/** More projects than these are read by one run of everything that is due. */
const MOST_RUNS = 10;

const NOT_WELL = 1;

/** `hooks`: webhooks of GitLab that lead to the function `receive`. */
export function addHooksCommand(program: Command, context: CommandContext): void {
  const hooks = program
    .command('hooks')
    .description('register webhooks in GitLab, look at them, and mend what they missed');
  hooks
    .command('install')
    .description('register WEBHOOK_URL in the widest places that the token may')
    .option('--dry-run', 'only say what would be done')
    .option('--json', 'as JSON')
    .action((options: Options) =>
      context.withSettings((environment) => install(environment, options, context)),
    );
  hooks
    .command('status')
    .description('show what GitLab disabled and what it could not send')
    .option('--json', 'as JSON')
    .action((options: Options) =>
      context.withSettings((environment) => status(environment, options, context)),
    );
  hooks
    .command('repair')
    .description('enable webhooks, have lost events sent again, and read what they told')
    .option('--dry-run', 'only say what would be done')
    .option('--json', 'as JSON')
    .action((options: Options) =>
      context.withSettings((environment) => repair(environment, options, context)),
    );
}

type Signal = Pick<CommandContext, 'signal'>;

async function install(
  environment: Environment,
  { dryRun, json }: Options,
  { signal }: Signal,
): Promise<number> {
  const hooks = await installHooks(loadGitlabSettings(environment), {
    ...{ signal, now: Date.now, random: Math.random, environment },
    mode: dryRun === true ? 'dry' : 'install',
  });
  tell(environment, json, describeInstalled(hooks), { event: 'hooks-install', hooks });
  return hooks.every(({ outcome }) => outcome !== 'refused') ? 0 : NOT_WELL;
}

async function status(
  environment: Environment,
  { json }: Options,
  { signal }: Signal,
): Promise<number> {
  const entrance = { signal, now: Date.now, random: Math.random };
  const hooks = await readHookStatus(loadGitlabSettings(environment), entrance);
  tell(environment, json, describeHookStatus(hooks), { event: 'hooks-status', hooks });
  const isWell = hooks.every(
    ({ alertStatus, failed }) => failed === 0 && (alertStatus ?? 'executable') === 'executable',
  );
  return isWell ? 0 : NOT_WELL;
}

async function repair(
  environment: Environment,
  { dryRun, json }: Options,
  { signal }: Signal,
): Promise<number> {
  // Only what is repaired leads to runs, which must not fail for want of a database when GitLab has sent everything again.
  const settings =
    dryRun === true ? loadGitlabSettings(environment) : await loadSettings(environment);
  const repaired = await repairHooks(settings, {
    ...{ signal, now: Date.now, random: Math.random },
    mode: dryRun === true ? 'dry' : 'repair',
  });
  tell(environment, json, describeRepair(repaired), { event: 'hooks-repair', ...repaired });
  if (dryRun === true) return 0;
  let worst = 0;
  for (const partition of partitionsOf(repaired.behind)) {
    const report = await backfill(environment, partition, signal);
    worst = Math.max(worst, exitCodeOfReport(report));
  }
  return repaired.hooks.some(({ state }) => state === 'disabled')
    ? Math.max(worst, NOT_WELL)
    : worst;
}

/** Undefined stands for everything. */
function partitionsOf(projects: readonly number[]): readonly (string | undefined)[] {
  return projects.length > MOST_RUNS ? [undefined] : projects.map(String);
}

function backfill(
  environment: Environment,
  partition: string | undefined,
  signal: AbortSignal,
): Promise<RunReport> {
  const chosen = partition === undefined ? {} : { partition };
  return runOnce(
    environment,
    { trigger: 'manual', ...chosen, mode: 'incremental', until: 'done' },
    signal,
  );
}

function tell(environment: Environment, json: true | undefined, text: string, event: object): void {
  output.line(json !== true && isForPeople(environment) ? text : JSON.stringify(event));
}

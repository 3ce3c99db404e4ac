import type { Command } from 'commander';

import { catalog } from '../../functions/catalog.ts';
import { loadDatabaseSettings } from '../../functions/engine/config/loadSettings.ts';
import { verifyDataset } from '../../functions/engine/run/verifyDataset.ts';
import type { CheckResult } from '../../functions/engine/sql/checks.ts';
import { type Compared, compareGitlab, type GitlabOptions } from './compareGitlab.ts';
import { gather } from './run.ts';
import { type CommandContext, type Environment, isForPeople, output } from './terminal.ts';

const BROKEN = 1;

/** `verify`: whether everything that the loader promises of stored rows holds. */
export function addVerifyCommand(program: Command, { signal, withSettings }: CommandContext): void {
  program
    .command('verify')
    .description('check every row and the state against what the loader promises; loads may go on')
    .option('--gitlab', 'also compare the rows with what GitLab counts')
    .option('--repair', 'the same, and fetch what is missing')
    .option('--resource <name>', 'compare only this resource; may be repeated', gather)
    .option('--partition <key>', 'compare only this project or group, by its numeric id')
    .option('--requests <number>', 'ask GitLab about so many partitions at most (2000)')
    .option('--json', 'as JSON')
    .action(({ json, ...options }: VerifyOptions) =>
      withSettings((environment) => {
        const isText = json !== true && isForPeople(environment);
        return verify(environment, options, { signal, isText });
      }),
    );
}

type VerifyOptions = GitlabOptions & { readonly json?: true };

/** Tells what was checked and compared; the exit code. */
async function verify(
  environment: Environment,
  options: GitlabOptions,
  { signal, isText }: { readonly signal: AbortSignal; readonly isText: boolean },
): Promise<number> {
  const settings = await loadDatabaseSettings(environment);
  const { dataset } = settings;
  const checks: CheckResult[] = [];
  const report = (result: CheckResult): void => {
    if (isText) output.text(describe(result));
    checks.push(result);
  };
  const check = () => verifyDataset(settings, { catalog, signal, report });
  const compare = () => compareGitlab(environment, options, { signal, isText });
  // What a repair has mended is checked as it is afterwards.
  const repaired = options.repair === true ? await compare() : undefined;
  const broken = await check();
  const compared = options.gitlab === true ? (repaired ?? (await compare())) : repaired;
  const told = `${summary(dataset, broken, checks.length)}${completenessSentence(compared)}`;
  const event = { event: 'verify', dataset, broken: broken ?? 0, checks };
  output.line(isText ? told : JSON.stringify({ ...event, ...compared }));
  return (broken ?? 0) + (compared?.incomplete ?? 0) === 0 ? 0 : BROKEN;
}

function completenessSentence(compared: Compared | undefined): string {
  if (compared === undefined || compared.completeness.length === 0) return '';
  const { incomplete: broken, repairs } = compared;
  const after = repairs.length === 0 ? '' : ' after the repair';
  return broken === 0
    ? `\nIt has every row that GitLab tells of${after}.`
    : `\n${broken.toString()} ${broken === 1 ? 'partition lacks' : 'partitions lack'} rows that GitLab has${after}${after === '' ? '; --repair fetches them' : ''}.`;
}

/** One line, and one for each key that breaks the promise. */
function describe({ invariant, where, promise, ...found }: CheckResult): string {
  const { broken, keys, excused, notice = '' } = found;
  const word = broken > 0 ? 'broken' : 'ok';
  const count = broken > 0 ? `: ${rows(broken)}` : '';
  const lines = [
    `${word.padEnd(6)}  ${invariant.padEnd(3)}  ${where}: ${promise}${count}`,
    ...keys.map((key) => `               ${key}`),
    ...(excused > 0 ? [`notice       ${where}: ${excused.toLocaleString('en')} ${notice}`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function rows(count: number): string {
  return `${count.toLocaleString('en')} ${count === 1 ? 'does' : 'do'} not`;
}

function summary(dataset: string, broken: number | undefined, checks: number): string {
  if (broken === undefined) return `Nothing has been loaded into '${dataset}' yet.`;
  return broken === 0
    ? `Dataset '${dataset}' keeps every promise: ${checks.toString()} checks.`
    : `Dataset '${dataset}' breaks ${broken.toString()} of ${checks.toString()} promises.`;
}

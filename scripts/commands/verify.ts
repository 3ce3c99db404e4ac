import type { Command } from 'commander';

import { catalog } from '../../functions/catalog.ts';
import { loadDatabaseSettings } from '../../functions/engine/config/loadSettings.ts';
import { verifyDataset } from '../../functions/engine/run/verifyDataset.ts';
import type { CheckResult } from '../../functions/engine/sql/checks.ts';
import { type CommandContext, isForPeople, output } from './terminal.ts';

const BROKEN = 1;

/** `verify`: whether everything that the loader promises of stored rows holds. */
export function addVerifyCommand(program: Command, { signal, withSettings }: CommandContext): void {
  program
    .command('verify')
    .description('check every row and the state against what the loader promises; loads may go on')
    .option('--json', 'as JSON')
    .action(({ json }: { readonly json?: true }) =>
      withSettings(async (environment) => {
        const settings = await loadDatabaseSettings(environment);
        const { dataset } = settings;
        const isText = json !== true && isForPeople(environment);
        const checks: CheckResult[] = [];
        const report = (result: CheckResult): void => {
          if (isText) output.text(describe(result));
          checks.push(result);
        };
        const broken = await verifyDataset(settings, { catalog, signal, report });
        output.line(
          isText
            ? summary(dataset, broken, checks.length)
            : JSON.stringify({ event: 'verify', dataset, broken: broken ?? 0, checks }),
        );
        return (broken ?? 0) === 0 ? 0 : BROKEN;
      }),
    );
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

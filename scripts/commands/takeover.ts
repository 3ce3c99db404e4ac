import { randomUUID } from 'node:crypto';

import type { Command } from 'commander';

import { catalog } from '../../functions/catalog.ts';
import { loadDatabaseSettings } from '../../functions/engine/config/loadSettings.ts';
import {
  type InspectedTakeover,
  inspectTakeover,
} from '../../functions/engine/run/inspectTakeover.ts';
import { drawTable } from '../render/summary.ts';
import { type CommandContext, isForPeople, output } from './terminal.ts';

interface TakeoverOptions {
  readonly dedupe?: true;
  readonly json?: true;
}

/** `takeover`: what dlt has left in the dataset, and the removal of rows whose key repeats. */
export function addTakeoverCommand(program: Command, { withSettings }: CommandContext): void {
  program
    .command('takeover')
    .description('take over the dataset that dlt has written, and show what is in it')
    .option('--dedupe', 'where keys repeat, keep the newest row and delete the others')
    .option('--json', 'as JSON')
    .action(({ dedupe, json }: TakeoverOptions) =>
      withSettings(async (environment) => {
        const settings = await loadDatabaseSettings(environment);
        const found = await inspectTakeover(settings, {
          catalog,
          dedupe: dedupe === true,
          random: Math.random,
          uuid: randomUUID,
        });
        if (json === true || !isForPeople(environment)) {
          const nothing = { dataset: settings.dataset, tables: [] };
          output.line(JSON.stringify({ event: 'takeover', ...(found ?? nothing) }));
        } else {
          output.line(
            found === undefined
              ? `Dataset '${settings.dataset}' has no table of the catalogue; there is nothing to take over.`
              : describe(found),
          );
        }
        return 0;
      }),
    );
}

function describe({ dataset, names, schemaVersion, tables }: InspectedTakeover): string {
  if (tables.length === 0)
    return `Everything in dataset '${dataset}' was loaded by this loader; there is nothing to take over.`;
  const version =
    schemaVersion === undefined ? 'no version' : `version ${schemaVersion.toString()}`;
  const rows = tables.map(({ table, rows: count, removed, superseded, examples }) => [
    table,
    ...[count, removed, superseded].map((number) => number.toLocaleString('en')),
    examples.join(' '),
  ]);
  const head = ['table', 'rows', 'removed', 'superseded', 'keys that repeat'];
  const left = tables.some(({ superseded }) => superseded > 0);
  return [
    `Dataset '${dataset}': schema '${names.schema}' of dlt (${version}), pipeline '${names.pipeline}'.\n`,
    drawTable(head, rows, [1, 2, 3]),
    left
      ? "Superseded rows have a newer row with the same key. 'takeover --dedupe' deletes them."
      : 'No key repeats.',
  ].join('');
}

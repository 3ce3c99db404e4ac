import type { Command } from 'commander';

import { loadDatabaseSettings } from '../../functions/engine/config/loadSettings.ts';
import { type DatasetStatus, readStatus } from '../../functions/engine/run/readStatus.ts';
import { drawTable } from '../render/summary.ts';
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

function describeStatus(status: DatasetStatus): string {
  const { dataset, runs, resources, halted, violations, quarantine } = status;
  if (runs.length === 0) return `Nothing has been loaded into '${dataset}' yet.`;
  const runRows = runs.map(({ runId, trigger, started, ended, outcome }) => [
    ...[runId, trigger, started.toISOString(), ended?.toISOString() ?? '-'],
    outcome ?? 'running or killed',
  ]);
  const resourceRows = resources.map((row) => [
    row.resource,
    `${row.complete.toString()}/${row.partitions.toString()}`,
    row.rowsWritten.toLocaleString('en'),
    row.completeAsOf?.toISOString() ?? 'not yet',
    ...[row.held, row.inaccessible, row.failing, row.halted].map(String),
    row.lastError ?? '',
  ]);
  const head = [
    'resource',
    'complete',
    'rows written',
    'complete as of',
    'held',
    'no access',
    'failing',
    'halted',
    'last error',
  ];
  return [
    drawTable(['run', 'trigger', 'started', 'ended', 'outcome'], runRows, []),
    drawTable(head, resourceRows, [1, 2, 4, 5, 6, 7]),
    halted.length === 0 ? '' : haltedTable(halted),
    violations.length === 0 ? '' : violationTable(violations),
    quarantine.length === 0 ? '' : quarantineTable(quarantine),
  ]
    .join('')
    .trimEnd();
}

function haltedTable(halted: DatasetStatus['halted']): string {
  const rows = halted.map(({ resource, partition, code, lastError }) => [
    ...[resource, partition, `${lastError ?? ''} [${code ?? ''}]`],
    `resume --resource ${resource}${partition === '' ? '' : ` --partition ${partition}`}`,
  ]);
  return drawTable(['halted', 'partition', 'why', 'once it is corrected'], rows, []);
}

function violationTable(violations: DatasetStatus['violations']): string {
  const rows = violations.map(({ resource, entity, mode, table, column, count, ...last }) => [
    ...[resource, column === '' ? table : `${table}.${column}`],
    `${entity}=${mode}`,
    ...[count.toLocaleString('en'), last.lastLoadId, last.lastAt.toISOString()],
  ]);
  const head = ['resource', 'left out of', 'contract', 'times', 'last load', 'last time'];
  return drawTable(head, rows, [3]);
}

function quarantineTable(quarantine: DatasetStatus['quarantine']): string {
  const rows = quarantine.map(({ resource, reason, open, resolved, lastAt, explanation }) => [
    ...[resource, reason, open.toLocaleString('en'), resolved.toLocaleString('en')],
    ...[lastAt.toISOString(), explanation],
  ]);
  const head = [
    'resource',
    'quarantined because',
    'records',
    'stored since',
    'last read',
    'the last',
  ];
  return drawTable(head, rows, [2, 3]);
}

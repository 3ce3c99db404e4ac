import { table } from 'table';

import type { RunReport } from '../../functions/engine/model/run.ts';
import type { RecordedChange } from '../../functions/engine/model/schema.ts';

const NUMBER_COLUMNS = [1, 2, 3, 4, 5];

/** A table of what a run did, resource by resource. */
export function runSummary({ resources, schemaChanges }: RunReport): string {
  const shown = Object.entries(resources).filter(
    ([, { partitions, read, failed }]) => partitions + read + failed > 0,
  );
  const isQuarantined = shown.some(([, { quarantined }]) => quarantined > 0);
  const rows = shown.map(([id, { read, written, unchanged, quarantined, failed }]) => [
    id,
    ...[read, written, unchanged, ...(isQuarantined ? [quarantined] : []), failed].map((count) =>
      count.toLocaleString('en'),
    ),
  ]);
  const left = isQuarantined ? ['quarantined'] : [];
  const head = ['resource', 'read', 'written', 'unchanged', ...left, 'failed'];
  return `${drawTable(head, rows, NUMBER_COLUMNS.slice(0, head.length - 1))}${changeSummary(schemaChanges)}`;
}

const MOST_CHANGES = 10;

/** How many tables were made, and a line for each column that was added to one which existed. */
function changeSummary(changes: RunReport['schemaChanges']): string {
  const made = new Set(
    changes.filter(({ change }) => change === 'table-created').map(({ table: name }) => name),
  );
  const added = changes.filter(({ change }) => change !== 'table-created');
  const parts = [
    ...(made.size === 0 ? [] : [counted(made.size, 'table was made', 'tables were made')]),
    ...(added.length === 0
      ? []
      : [counted(added.length, 'column was added to a table', 'columns were added to tables')]),
  ];
  if (parts.length === 0) return '';
  const more = added.length - MOST_CHANGES;
  const lines = [
    `${parts.join(' and ')}.`,
    ...added.slice(0, MOST_CHANGES).map(changeLine),
    ...(more > 0 ? [`  and ${more.toString()} more: schema --history`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function counted(count: number, one: string, many: string): string {
  return `${count.toString()} ${count === 1 ? one : many}`;
}

function changeLine({ table: name, column, type, ...change }: RecordedChange): string {
  const { oldType, sample, views = [] } = change;
  const beside = oldType === undefined ? '' : ` beside ${oldType}`;
  const value = sample === undefined ? '' : ` for ${sample}`;
  const readers = views.length === 0 ? '' : `; read by ${views.join(', ')}`;
  return `  + ${name}.${column} (${type}${beside})${value}${readers}`;
}

/** Draws a table whose numbers stand on the right. */
export function drawTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  numberColumns: readonly number[] = NUMBER_COLUMNS,
): string {
  const columns = Object.fromEntries(
    numberColumns.map((index) => [index, { alignment: 'right' as const }]),
  );
  return table([[...head], ...rows.map((row) => [...row])], {
    columns,
    drawHorizontalLine: (line, count) => line === 0 || line === 1 || line === count,
  });
}

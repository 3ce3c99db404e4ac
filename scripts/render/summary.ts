import { table } from 'table';

import type { RunReport } from '../../functions/engine/model/run.ts';

const NUMBER_COLUMNS = [1, 2, 3, 4];

/** A table of what a run did, resource by resource. */
export function runSummary({ resources, schemaChanges }: RunReport): string {
  const rows = Object.entries(resources)
    .filter(([, { partitions, read, failed }]) => partitions + read + failed > 0)
    .map(([id, { read, written, unchanged, failed }]) => [
      id,
      ...[read, written, unchanged, failed].map((count) => count.toLocaleString('en')),
    ]);
  const head = ['resource', 'read', 'written', 'unchanged', 'failed'];
  return `${drawTable(head, rows)}${changeSummary(schemaChanges)}`;
}

function changeSummary(changes: RunReport['schemaChanges']): string {
  const made = new Set(
    changes.filter(({ change }) => change === 'table-created').map(({ table: name }) => name),
  );
  const added = changes.filter(({ change }) => change === 'column-added').length;
  const parts = [
    ...(made.size === 0 ? [] : [`${made.size.toString()} tables were made`]),
    ...(added === 0 ? [] : [`${added.toString()} columns were added to tables`]),
  ];
  return parts.length === 0 ? '' : `${parts.join(' and ')}.\n`;
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

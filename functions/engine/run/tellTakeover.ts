import type { Report } from '../model/events.ts';
import type { FoundTable, Takeover } from '../model/takeover.ts';

/** Tells what others have written in the dataset and what that means for this loader. */
export function tellTakeover(report: Report, dataset: string, found: Takeover): void {
  report({ event: 'taken-over', dataset, ...found });
  const problem = (message: string): void => {
    report({ event: 'problem', code: 'NOTICE', message });
  };
  problem(summary(dataset, found));
  for (const { resource, cursor, lastValue } of found.cursors) {
    problem(
      `dlt had read '${resource}' up to ${cursor} = ${lastValue}; everything is read in full once, because that is one cursor for all projects and groups.`,
    );
  }
  for (const table of found.tables) if (table.superseded > 0) problem(repeating(table));
}

function summary(
  dataset: string,
  { names, schemaVersion, stagingSchema, tables }: Takeover,
): string {
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const writer =
    schemaVersion === undefined
      ? 'without a schema of dlt'
      : `by dlt's pipeline '${names.pipeline}' with schema '${names.schema}' version ${schemaVersion.toString()}`;
  const staging =
    stagingSchema === undefined ? '' : ` '${stagingSchema}' is not needed any more and stays.`;
  return `Dataset '${dataset}' was written ${writer}: ${count(rows, 'row')} in ${count(tables.length, 'table')} of the catalogue stay and are replaced as they are read again.${staging}`;
}

function repeating({ table, superseded, examples }: FoundTable): string {
  if (examples.includes('{}'))
    return `'${table}' holds rows that have no key, ${count(superseded, 'row')} too many; 'takeover --dedupe' keeps the newest.`;
  return `Keys repeat in '${table}', with ${count(superseded, 'row')} too many: ${examples.join(', ')}; 'takeover --dedupe' keeps the newest row of each.`;
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
}

import { type Command, Option } from 'commander';
import { stringify } from 'yaml';

import { catalog } from '../../functions/catalog.ts';
import { loadDatabaseSettings } from '../../functions/engine/config/loadSettings.ts';
import type { DatabaseSettings } from '../../functions/engine/config/settings.ts';
import { LoaderError } from '../../functions/engine/model/errors.ts';
import {
  compareSchema,
  readSchemaDdl,
  readSchemaHistory,
  readStoredSchema,
  type SchemaComparison,
} from '../../functions/engine/run/readSchema.ts';
import { drawTable } from '../render/summary.ts';
import { type CommandContext, type Environment, isForPeople, output } from './terminal.ts';

const FORMATS = ['yaml', 'json', 'sql'] as const;

interface SchemaOptions {
  readonly format: (typeof FORMATS)[number];
  readonly diff?: true;
  readonly history?: true;
  readonly limit: string;
}

/** `schema`: the dataset's schema as it is, what differs from it, or what has changed in it. */
export function addSchemaCommand(program: Command, { withSettings }: CommandContext): void {
  const format = new Option('--format <format>', "yaml and json: dlt's schema; sql: the tables")
    .choices(FORMATS)
    .default('yaml');
  const diff = new Option(
    '--diff',
    'compare stored schema, tables and catalogue; exit code 1 when they differ',
  ).conflicts(['format', 'history', 'limit']);
  const history = new Option('--history', 'list the changes, newest first').conflicts('format');
  const limit = new Option('--limit <number>', 'how many changes').default('20');
  program
    .command('schema')
    .description('print the schema of the dataset, what differs from it, or how it changed')
    .addOption(format)
    .addOption(diff)
    .addOption(history)
    .addOption(limit.implies({ history: true }).conflicts('format'))
    .action((options: SchemaOptions) =>
      withSettings(async (environment) => {
        const settings = await loadDatabaseSettings(environment);
        if (options.diff === true) return printDiff(settings);
        if (options.history === true) await printHistory(settings, options, environment);
        else output.text(await schemaText(settings, options.format));
        return 0;
      }),
    );
}

async function schemaText(
  settings: DatabaseSettings,
  format: SchemaOptions['format'],
): Promise<string> {
  switch (format) {
    case 'yaml':
      // Names such as `on` are quoted, because dlt's own reader takes them for booleans.
      return stringify(await readStoredSchema(settings), { version: '1.1', lineWidth: 0 });
    case 'json':
      return `${JSON.stringify(await readStoredSchema(settings), undefined, 2)}\n`;
    case 'sql':
      return readSchemaDdl(settings);
  }
}

async function printDiff(settings: DatabaseSettings): Promise<number> {
  const comparison = await compareSchema(settings, catalog);
  output.text(describeDifferences(comparison));
  return comparison.differences.length === 0 ? 0 : 1;
}

function describeDifferences({ tables, differences, unused }: SchemaComparison): string {
  const lines = differences.map(({ mark, where, what }) => `${mark} ${where}: ${what}`);
  const agreement = `Stored schema, database and catalogue agree on ${tables.toString()} tables.`;
  const rest =
    unused.length === 0 ? [] : [`Without a row, and so without a table: ${unused.join(', ')}.`];
  return `${[...(lines.length === 0 ? [agreement] : lines), ...rest].join('\n')}\n`;
}

async function printHistory(
  settings: DatabaseSettings,
  { limit }: SchemaOptions,
  environment: Environment,
): Promise<void> {
  const changes = await readSchemaHistory(settings, limitOf(limit));
  if (!isForPeople(environment)) {
    for (const change of changes)
      output.line(JSON.stringify({ event: 'schema-changed', ...change }));
    return;
  }
  const rows = changes.map(({ at, change, table, column, type, oldType, ...more }) => [
    ...[at.toISOString(), change, `${table}.${column}`],
    oldType === null ? type : `${type} beside ${oldType}`,
    ...[more.sample ?? '', more.resource, more.loadId, more.views.join(', ')],
  ]);
  const head = ['when', 'change', 'column', 'type', 'value', 'resource', 'load', 'views'];
  const none = `The schema of '${settings.dataset}' has not changed yet.`;
  output.line(rows.length === 0 ? none : drawTable(head, rows, []).trimEnd());
}

function limitOf(text: string): number {
  const limit = Number(text);
  if (/^\d{1,9}$/.test(text) && limit > 0) return limit;
  throw new LoaderError('E_REQUEST', `--limit: expected a positive integer, got '${text}'.`);
}

import { identifier, qualified } from '../sql/identifier.ts';
import { literal, type Sql } from '../sql/sql.ts';
import type { LiveColumn, LivePart, LiveTable, LiveTables } from './liveTables.ts';

/** The statements that make the same tables in an empty database; they contain no rows, rights or views. */
export function tableDdl(dataset: string, { comment, sequences, tables }: LiveTables): Sql {
  const whole = tables.filter(({ isPartitioned }) => !isPartitioned);
  const statements = [
    `create schema if not exists ${identifier(dataset)};`,
    ...commentOn(`schema ${identifier(dataset)}`, comment),
    ...sequences.map(({ name, type }) => `create sequence ${qualified(dataset, name)} as ${type};`),
    ...whole.flatMap((table) => ['', ...tableStatements(dataset, table)]),
    ...whole.flatMap((table) => foreignKeyStatements(dataset, table)),
    ...tables
      .filter(({ isPartitioned }) => isPartitioned)
      .map(({ name }) => `-- ${JSON.stringify(name)} is partitioned and left out.`),
  ];
  return `${statements.join('\n')}\n` as Sql;
}

function tableStatements(dataset: string, table: LiveTable): readonly string[] {
  const { columns, constraints, indexes } = table;
  const name = qualified(dataset, table.name);
  const lines = [...columns.map(columnLine), ...constraints.map(constraintLine)];
  return [
    lines.length === 0
      ? `create table ${name} ();`
      : `create table ${name} (\n${lines.join(',\n')}\n);`,
    ...indexes.map(({ definition }) => `${definition};`),
    ...commentOn(`table ${name}`, table.comment),
    ...columns.flatMap((column) =>
      commentOn(`column ${name}.${identifier(column.name)}`, column.comment),
    ),
    ...constraints.flatMap((part) =>
      commentOn(`constraint ${identifier(part.name)} on ${name}`, part.comment),
    ),
    ...indexes.flatMap((part) => commentOn(`index ${qualified(dataset, part.name)}`, part.comment)),
  ];
}

function columnLine({ name, type, notNull, ...column }: LiveColumn): string {
  const { expression, generated, identity, collation } = column;
  const value = generated
    ? `generated always as (${expression ?? ''}) stored`
    : `default ${expression ?? ''}`;
  const parts = [
    ...[identifier(name), type],
    ...(collation === null ? [] : [`collate ${collation}`]),
    ...(notNull ? ['not null'] : []),
    ...(expression === null ? [] : [value]),
    ...(identity === null ? [] : [`generated ${identity} as identity`]),
  ];
  return `  ${parts.join(' ')}`;
}

function constraintLine({ name, definition }: LivePart): string {
  return `  constraint ${identifier(name)} ${definition}`;
}

function foreignKeyStatements(
  dataset: string,
  { name, foreignKeys }: LiveTable,
): readonly string[] {
  const table = qualified(dataset, name);
  return foreignKeys.flatMap((part) => [
    `alter table ${table} add constraint ${identifier(part.name)} ${part.definition};`,
    ...commentOn(`constraint ${identifier(part.name)} on ${table}`, part.comment),
  ]);
}

function commentOn(what: string, comment: string | null): readonly string[] {
  return comment === null ? [] : [`comment on ${what} is ${literal(comment).trim()};`];
}

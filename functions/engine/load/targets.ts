import { LoaderError } from '../model/errors.ts';
import type { PartitionTask, Target } from '../model/position.ts';
import type { KnownColumn, ResourceSpec } from '../model/resource.ts';
import { scopeParameter } from '../model/resource.ts';
import type { Schema } from '../model/schema.ts';
import { type Identifier, identifier, qualified } from '../sql/identifier.ts';
import type { Database } from '../sql/pool.ts';
import type { SqlValue } from '../sql/session.ts';
import { joined, type Sql, sql } from '../sql/sql.ts';
import { askedFor, type ParentBinding } from './askedParents.ts';
import { type ParentField, parentFields, printedField, type StoredField } from './parentFields.ts';

/** Where stored values of bound parameters are read. */
export interface TargetSource {
  readonly database: Database;
  readonly dataset: string;
  readonly schema: Schema;
  /** Every resource by its id. */
  readonly resources: ReadonlyMap<string, ResourceSpec>;
}

/** A target with the fields that its rows include from the parent's row. */
export interface FoundTarget {
  readonly target: Target;
  readonly fields: readonly StoredField[];
}

const CHUNK = 5_000;

/** A query for parameters: text columns named after them, duplicates and nulls not yet removed. */
interface ParameterQuery {
  readonly names: readonly string[];
  /** Parameters that are numbers in the destination. */
  readonly numbers: ReadonlySet<string>;
  /** Columns of the query beside the parameters. */
  readonly fields: readonly ParentField[];
  readonly text: Sql;
  readonly values: readonly SqlValue[];
}

/**
 * The stored values of the parameters bound to parents, known columns or the full path: each combination once, in
 * the order of their text, after `task.token.after`, and only those that the cursor asks for. Of several parent rows
 * with the same combination, the one whose included fields sort first counts.
 */
export async function* storedTargets(
  source: TargetSource,
  task: PartitionTask,
): AsyncGenerator<FoundTarget> {
  const query = parameterQuery(source, task);
  if (query === undefined) return;
  let after = task.token?.after;
  for (;;) {
    const chunk = await readChunk(source, query, after);
    yield* chunk;
    if (chunk.length < CHUNK) return;
    after = chunk.at(-1)?.target;
  }
}

async function readChunk(
  { database }: TargetSource,
  { names, numbers, fields, text, values }: ParameterQuery,
  after: Target | undefined,
): Promise<readonly FoundTarget[]> {
  const columns = names.map(identifier);
  const all = [...columns, ...fields.map(({ alias }) => identifier(alias))];
  const inOrder = joined(columns.map(byBytes));
  const present = joined(
    columns.map((column) => sql`${column} is not null and ${column} <> ''`),
    sql` and `,
  );
  const list = names.map((name) => (after?.[name] ?? '').toString());
  const parameters = list.map((_value, index) => parameter(values.length + index + 1));
  const later = after === undefined ? sql`true` : sql`(${inOrder}) > (${joined(parameters)})`;
  const { rows } = await database.query<Record<string, string | null>>(
    sql`select distinct on (${inOrder}) ${joined(all)} from (${text}) p where ${present} and ${later}
        order by ${joined(all.map(byBytes))} limit ${CHUNK.toString() as Sql}`,
    after === undefined ? values : [...values, ...list],
  );
  return rows.map((row) => ({
    target: Object.fromEntries(
      names.map((name) => [name, numbers.has(name) ? Number(row[name]) : (row[name] ?? '')]),
    ),
    fields: fields.map(({ name, alias, type }) => ({ name, type, text: row[alias] ?? null })),
  }));
}

function byBytes(column: Identifier): Sql {
  return sql`${column} collate "C"`;
}

function parameter(position: number): Sql {
  return `$${position.toString()}::text` as Sql;
}

function parameterQuery(source: TargetSource, task: PartitionTask): ParameterQuery | undefined {
  const bound = Object.entries(task.resource.bind);
  const parents = bound.filter((entry): entry is ParentBinding => entry[1].from === 'parent');
  if (parents.length > 0) return parentQuery(source, task, parents);
  for (const [name, binding] of bound) {
    if (binding.from === 'known')
      return knownQuery(source, task, { name, columns: binding.columns });
    if (binding.from === 'full-path') return fullPathQuery(source, task, name);
  }
  return undefined;
}

function parentQuery(
  source: TargetSource,
  task: PartitionTask,
  parents: readonly ParentBinding[],
): ParameterQuery | undefined {
  const { dataset, schema, resources } = source;
  const parent = resources.get(parents[0]?.[1].resource ?? '');
  if (parent === undefined) {
    throw new LoaderError(
      'E_REQUEST',
      `The parent of resource '${task.resource.id}' is not in the catalogue.`,
    );
  }
  if (!schema.has(parent.table)) return undefined;
  const fields = parentFields(task.resource, parent, schema);
  const columns = [
    ...parents.map(([name, { field }]) => sql`${identifier(field)}::text as ${identifier(name)}`),
    ...fields.map(printedField),
  ];
  const scope = scopeParameter(parent);
  const inScope = scope === undefined ? sql`true` : sql`${identifier(scope)} = $1::bigint`;
  return {
    names: parents.map(([name]) => name),
    numbers: new Set(
      parents
        .filter(([, { field }]) => schema.get(parent.table)?.columns.get(field)?.type === 'bigint')
        .map(([name]) => name),
    ),
    fields,
    text: sql`select ${joined(columns)} from ${qualified(dataset, parent.table)} parent
      where ${inScope} and ${askedFor(source, task, parents)}`,
    values: scope === undefined ? [] : [task.partition],
  };
}

function knownQuery(
  { dataset, schema }: TargetSource,
  { resource }: PartitionTask,
  { name, columns }: { readonly name: string; readonly columns: readonly KnownColumn[] },
): ParameterQuery | undefined {
  const column = identifier(name);
  const stored = columns.filter(
    (known) => schema.get(known.table)?.columns.has(known.column) === true,
  );
  if (stored.length === 0) return undefined;
  const union = joined(
    stored.map(
      (known) =>
        sql`select ${identifier(known.column)}::text as ${column} from ${qualified(dataset, known.table)}`,
    ),
    sql` union `,
  );
  const missing = isMissing(dataset, schema, { resource, name });
  return {
    names: [name],
    numbers: new Set(),
    fields: [],
    text: sql`select ${column} from (${union}) k where ${missing}`,
    values: [],
  };
}

function isMissing(
  dataset: string,
  schema: Schema,
  { resource, name }: { readonly resource: ResourceSpec; readonly name: string },
): Sql {
  const isStored = schema.get(resource.table)?.columns.has(name) === true;
  if (resource.cursor.kind !== 'missing' || !isStored) return sql`true`;
  const column = identifier(name);
  return sql`not exists (select from ${qualified(dataset, resource.table)} r where r.${column} = k.${column})`;
}

function fullPathQuery(
  { dataset, schema, resources }: TargetSource,
  { partition, resource }: PartitionTask,
  name: string,
): ParameterQuery | undefined {
  const each = Object.values(resource.bind).find(({ from }) => from === 'each');
  const members = [...resources.values()].find(
    ({ discovers, on }) =>
      on === 'schedule' && each?.from === 'each' && discovers?.scope === each.scope,
  );
  if (members?.discovers === undefined || !schema.has(members.table)) return undefined;
  return {
    names: [name],
    numbers: new Set(),
    fields: [],
    text: sql`select ${identifier(members.discovers.pathField)} as ${identifier(name)}
      from ${qualified(dataset, members.table)} where id = $1::bigint`,
    values: [partition],
  };
}

import type { PartitionTask } from '../model/position.ts';
import type { Binding } from '../model/resource.ts';
import type { Schema } from '../model/schema.ts';
import { identifier, qualified } from '../sql/identifier.ts';
import { joined, literal, type Sql, sql } from '../sql/sql.ts';
import { toldSince } from './eventLoads.ts';

/** A parameter and the parent's field that it takes. */
export type ParentBinding = [string, Extract<Binding, { readonly from: 'parent' }>];

interface Stored {
  readonly dataset: string;
  readonly schema: Schema;
}

/** Which rows `parent` the cursor of a child asks for. */
export function askedFor(
  source: Stored,
  task: PartitionTask,
  parents: readonly ParentBinding[],
): Sql {
  const { cursor } = task.resource;
  const since = task.cursor;
  if (cursor.kind !== 'changed-parents' || since === undefined) return sql`true`;
  const again = Object.entries(cursor.rereadWhile).map(
    ([name, values]) => sql`parent.${identifier(name)} in (${joined(values.map(literal))})`,
  );
  const told = toldSince(source.dataset, task);
  const isNew = sql`(parent._dlt_load_id > ${literal(since)} and parent._dlt_load_id not in (${told.before})
    or parent._dlt_load_id in (${told.after}))`;
  const known = isKnown(source, task, { by: cursor.by, parents });
  const changed = known === undefined ? isNew : sql`(${isNew} and not ${known})`;
  return sql`(${joined([changed, ...underWay(task, parents), ...again], sql` or `)})`;
}

/** True where a row below the parent has the value that the parent has now; undefined where nothing of that is stored. */
function isKnown(
  { dataset, schema }: Stored,
  { resource }: PartitionTask,
  { by, parents }: { readonly by: string | undefined; readonly parents: readonly ParentBinding[] },
): Sql | undefined {
  if (by === undefined) return undefined;
  const included = `_${parents[0]?.[1].resource ?? ''}_${by}`;
  const names = parents.map(([name]) => name);
  const columns = schema.get(resource.table)?.columns;
  if (![included, ...names].every((name) => columns?.has(name) === true)) return undefined;
  const same = parents.map(
    ([name, { field }]) => sql`child.${identifier(name)}::text = parent.${identifier(field)}::text`,
  );
  const scoped = resource.keep.filter(
    (name) => !names.includes(name) && resource.bind[name]?.from === 'each',
  );
  const inPartition = scoped.map((name) => sql`child.${identifier(name)} = $1::bigint`);
  return sql`exists (select from ${qualified(dataset, resource.table)} child
    where ${joined([...inPartition, ...same], sql` and `)}
      and child.${identifier(included)} is not distinct from parent.${identifier(by)})`;
}

/** The parent in whose list a scan stands: its rows are stored in part. */
function underWay({ token }: PartitionTask, parents: readonly ParentBinding[]): readonly Sql[] {
  const within = token?.within;
  if (within === undefined) return [];
  const same = parents.map(
    ([name, { field }]) =>
      sql`parent.${identifier(field)}::text = ${literal(String(within[name] ?? ''))}`,
  );
  return [sql`(${joined(same, sql` and `)})`];
}

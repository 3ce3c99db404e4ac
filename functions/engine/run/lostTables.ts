import { lockSchema } from '../load/ddl.ts';
import type { TableHints } from '../load/dltColumn.ts';
import { type DltSchema, emptyDltSchema, updatedDltSchema } from '../load/dltSchema.ts';
import { insertDltSchema, readDltSchema } from '../load/dltVersion.ts';
import { readLiveSchema } from '../load/liveSchema.ts';
import { withoutLost } from '../load/withoutLost.ts';
import type { RunId } from '../model/ids.ts';
import type { DatasetNames } from '../model/names.ts';
import type { ResourceSpec } from '../model/resource.ts';
import type { Schema } from '../model/schema.ts';
import type { Session } from '../sql/session.ts';
import { forgetPositions } from '../state/forgetPositions.ts';

/** The schema document of tables that are there although nobody has kept one. */
export function documentOf(
  name: string,
  live: Schema,
  hints: ReadonlyMap<string, TableHints>,
): DltSchema {
  const tables = [...live.values()].filter(({ name }) => !name.startsWith('_dlt_'));
  if (tables.length === 0) return emptyDltSchema(name);
  const update = {
    tables: tables.map(({ name: table, parent, columns }) => ({
      name: table,
      ...(parent === undefined ? {} : { parent }),
      columns: [...columns.values()],
    })),
  };
  return updatedDltSchema(emptyDltSchema(name), update, hints);
}

interface Owner {
  readonly dataset: string;
  readonly names: DatasetNames;
  readonly runId: RunId;
}

/** Tables and columns of a resource that the stored schema knows and the database has lost. */
export function lostTables(
  stored: DltSchema | undefined,
  live: Schema,
  { table }: ResourceSpec,
): readonly string[] {
  return stored === undefined ? [] : lostOf(stored, live, table);
}

/**
 * Takes what a resource has lost out of the stored schema and forgets the resource's positions, in one transaction, so
 * that everything is read again; returns the names of what is gone.
 */
export async function forgetLost(
  session: Session,
  { dataset, names, runId }: Owner,
  resource: ResourceSpec,
): Promise<readonly string[]> {
  await lockSchema(session, dataset);
  const stored = await readDltSchema(session, dataset, names.schema);
  const live = await readLiveSchema(session, dataset, stored);
  const lost = lostTables(stored, live, resource);
  if (stored === undefined || lost.length === 0) return [];
  const own = ownTables(stored, resource.table);
  await insertDltSchema(session, dataset, withoutLost(stored, live, own));
  await forgetPositions(session, dataset, { resource: resource.id, runId });
  return lost;
}

function lostOf(stored: DltSchema, live: Schema, root: string): readonly string[] {
  return ownTables(stored, root).flatMap((name) => {
    const columns = live.get(name)?.columns;
    if (columns === undefined) return [name];
    const known = Object.values(stored.tables[name]?.columns ?? {});
    const typed = known.filter(({ data_type }) => data_type !== undefined);
    return typed
      .filter((column) => !columns.has(column.name))
      .map((column) => `${name}.${column.name}`);
  });
}

/** A root table and the tables below it, as they are stored. */
function ownTables(stored: DltSchema, root: string): readonly string[] {
  if (stored.tables[root] === undefined) return [];
  const found = [root];
  for (const parent of found) {
    for (const table of Object.values(stored.tables))
      if (table.parent === parent) found.push(table.name);
  }
  return found;
}

import pLimit from 'p-limit';

import {
  applyUpdate,
  createDataset,
  ensureIndexes,
  hasDataset,
  lockSchema,
  type TableKey,
} from '../load/ddl.ts';
import {
  type DltSchema,
  emptyDltSchema,
  type TableHints,
  updatedDltSchema,
} from '../load/dltSchema.ts';
import { insertDltSchema, readDltSchema } from '../load/dltVersion.ts';
import { readLiveSchema } from '../load/liveSchema.ts';
import { LoaderError } from '../model/errors.ts';
import type { RunId } from '../model/ids.ts';
import { type ResourceSpec, scopeParameter } from '../model/resource.ts';
import type { RecordedChange, Schema, SchemaChange, SchemaUpdate } from '../model/schema.ts';
import { writeMethod } from '../model/writeMethod.ts';
import { sqlState } from '../sql/errors.ts';
import type { Database } from '../sql/pool.ts';
import { retrying } from '../sql/retrying.ts';
import type { Session } from '../sql/session.ts';
import { recordSchemaChanges } from '../state/schemaChanges.ts';
import { type ChangeOrigin, withOrigin } from './changeOrigin.ts';
import { documentOf, forgetLost } from './lostTables.ts';
import { isPassing } from './resilient.ts';

/** The dataset's schema as this process knows it; others may add to it at any time. */
export interface Schemas {
  current(): Schema;
  /** What `_dlt_loads` says about the schema that a load was made with. */
  version(): { readonly name: string; readonly hash: string };
  /** Reads the schema as it is now. */
  refresh(): Promise<void>;
  /**
   * Looks for tables and columns of a resource that were loaded and have been dropped since: everything is read again
   * for them. Returns their names.
   */
  forgetLost(resource: ResourceSpec): Promise<readonly string[]>;
  /** Adds what the update asks for, if nobody has, and reads the schema again. */
  apply(update: SchemaUpdate, origin: ChangeOrigin): Promise<readonly RecordedChange[]>;
}

/** What the schema is kept with. */
export interface SchemasOptions {
  readonly database: Database;
  readonly dataset: string;
  readonly runId: RunId;
  readonly resources: readonly ResourceSpec[];
  readonly random: () => number;
}

/** Makes the dataset if it does not exist and reads its schema. */
export async function openSchemas(options: SchemasOptions): Promise<Schemas> {
  const { database, dataset, random } = options;
  await retrying({ random, when: isPassing }, () =>
    database.transaction(undefined, async (session) => {
      if (await hasDataset(session, dataset)) return;
      await lockSchema(session, dataset);
      await createDataset(session, dataset);
    }),
  );
  let stored = await readDltSchema(database, dataset);
  let live = await readLiveSchema(database, dataset, stored);
  const oneAtATime = pLimit(1);

  return {
    current: () => live,
    version: () => {
      const { name, version_hash } = stored ?? emptyDltSchema();
      return { name, hash: version_hash };
    },
    forgetLost: (resource) =>
      oneAtATime(async () => {
        const lost = await retrying({ random, when: isPassing }, () =>
          database.transaction(undefined, (session) => forgetLost(session, options, resource)),
        );
        if (lost.length > 0) stored = await readDltSchema(database, dataset);
        return lost;
      }),
    refresh: () =>
      oneAtATime(async () => {
        stored = await readDltSchema(database, dataset);
        live = await readLiveSchema(database, dataset, stored);
      }),
    apply: (update, origin) =>
      oneAtATime(async () => {
        const result = await retrying({ random, when: isPassing }, () =>
          database.transaction(undefined, (session) =>
            change(session, options, { update, origin }),
          ),
        );
        ({ stored, live } = result);
        return result.changes;
      }),
  };
}

const NAME_TAKEN = new Set(['42701', '42P07']);

/** A view, or a column of a type that the loader does not write, has the name that is needed. */
function inTheWay(error: unknown, dataset: string): unknown {
  if (!NAME_TAKEN.has(sqlState(error) ?? '')) return error;
  const message = error instanceof Error ? error.message : '';
  return new LoaderError(
    'E_DATASET',
    `Something in dataset '${dataset}' that the loader did not make has a name that it needs: ${message}`,
    { cause: error },
  );
}

interface Changed {
  readonly stored: DltSchema;
  readonly live: Schema;
  readonly changes: readonly RecordedChange[];
}

async function change(
  session: Session,
  { dataset, runId, resources }: SchemasOptions,
  { update, origin }: { readonly update: SchemaUpdate; readonly origin: ChangeOrigin },
): Promise<Changed> {
  await lockSchema(session, dataset);
  const known = await readDltSchema(session, dataset);
  const found = await readLiveSchema(session, dataset, known);
  const keys = tableKeys(resources);
  const before = known ?? documentOf(found, hintsOf(keys));
  const changes = await applyUpdate(session, dataset, { live: found, update }).catch(
    (error: unknown) => {
      throw inTheWay(error, dataset);
    },
  );
  if (changes.length === 0) return { stored: before, live: found, changes: [] };
  const stored = updatedDltSchema(before, added(update, changes), hintsOf(keys));
  await insertDltSchema(session, dataset, stored);
  const live = await readLiveSchema(session, dataset, stored);
  const touched = new Set(changes.map(({ table }) => table));
  const hints = keys.filter(({ table }) => touched.has(table));
  await ensureIndexes(session, dataset, { live, hints });
  const recorded = await withOrigin(session, dataset, { changes, origin });
  await recordSchemaChanges(session, dataset, { runId, changes: recorded });
  return { stored, live, changes: recorded };
}

/** The part of an update that was really made. */
function added(update: SchemaUpdate, changes: readonly SchemaChange[]): SchemaUpdate {
  const made = new Set(changes.map(({ table, column }) => `${table} ${column}`));
  const tables = update.tables.map((table) => ({
    ...table,
    columns: table.columns.filter(({ name }) => made.has(`${table.name} ${name}`)),
  }));
  return { tables: tables.filter(({ columns }) => columns.length > 0) };
}

function tableKeys(resources: readonly ResourceSpec[]): readonly TableKey[] {
  return resources.flatMap((spec) => {
    const { id, table, primaryKey, writeDisposition, splits, mergeKey = [] } = spec;
    const shared = { resource: id, writeDisposition };
    const method = writeMethod(spec);
    return [
      { ...shared, table, primaryKey, mergeKey, method, scope: scopeParameter(spec) },
      ...splits.map(({ table: name, primaryKey: key }) => ({
        ...shared,
        ...{ table: name, primaryKey: key, mergeKey: [], method: 'upsert' as const },
        scope: undefined,
      })),
    ];
  });
}

function hintsOf(keys: readonly TableKey[]): ReadonlyMap<string, TableHints> {
  const hints = new Map<string, TableHints>();
  for (const { table, primaryKey: own, ...hint } of keys) {
    const known = hints.get(table);
    const primaryKey = [...new Set([...(known?.primaryKey ?? []), ...own])];
    hints.set(table, { ...(known ?? hint), primaryKey });
  }
  return hints;
}

/** The key columns that every resource of a table has; the others are null in some of its rows. */
export function requiredColumns(
  resources: readonly ResourceSpec[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const required = new Map<string, ReadonlySet<string>>();
  for (const { table, primaryKey, mergeKey } of tableKeys(resources)) {
    const shared = required.get(table);
    const key = [...primaryKey, ...mergeKey];
    const own = shared === undefined ? key : key.filter((name) => shared.has(name));
    required.set(table, new Set(own));
  }
  return required;
}

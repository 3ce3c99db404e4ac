import pLimit from 'p-limit';

import { applyUpdate, createDataset, ensureIndexes, hasDataset, lockSchema } from '../load/ddl.ts';
import { type DltSchema, emptyDltSchema, updatedDltSchema } from '../load/dltSchema.ts';
import { insertDltSchema, readDltSchema } from '../load/dltVersion.ts';
import { type FirstState, openFirstState } from '../load/firstState.ts';
import { readLiveSchema } from '../load/liveSchema.ts';
import { foundByParent } from '../load/rowKey.ts';
import { LoaderError } from '../model/errors.ts';
import type { RunId } from '../model/ids.ts';
import type { DatasetNames } from '../model/names.ts';
import type { ResourceSpec } from '../model/resource.ts';
import type { TableChain } from '../model/rows.ts';
import type { RecordedChange, Schema, SchemaChange, SchemaUpdate } from '../model/schema.ts';
import type { AdoptionRules } from '../model/takeover.ts';
import { fitting } from '../normalize/overflow.ts';
import { sqlState } from '../sql/errors.ts';
import type { Database } from '../sql/pool.ts';
import { retrying } from '../sql/retrying.ts';
import type { Session } from '../sql/session.ts';
import { recordSchemaChanges } from '../state/schemaChanges.ts';
import { readRepeating, recordConflict, type TakenOver } from '../state/takenOver.ts';
import { type ChangeOrigin, withOrigin } from './changeOrigin.ts';
import { documentOf, forgetLost, lostTables } from './lostTables.ts';
import { isPassing } from './resilient.ts';
import { hintsOf, rowKeyOf, tableKeys } from './tableKeys.ts';

/** The dataset's schema as this process knows it; others may add to it at any time. */
export interface Schemas {
  current(): Schema;
  /** What `_dlt_loads` says about the schema that a load was made with. */
  version(): { readonly name: string; readonly hash: string };
  /** What the first load leaves for dlt. */
  readonly firstState: FirstState;
  /** Reads the schema as it is now; the first time there is nothing to read. */
  refresh(): Promise<void>;
  /**
   * Looks for tables and columns of a resource that were loaded and had been dropped at the last refresh: everything is
   * read again for them. Returns their names.
   */
  forgetLost(resource: ResourceSpec): Promise<readonly string[]>;
  /** How stored rows of others in a chain's root table are known; undefined where there are none. */
  adoption(chain: TableChain): AdoptionRules | undefined;
  /** Takes tables for such, in which a row of others stood in the way of a package. */
  adopt(roots: readonly string[]): Promise<void>;
  /** Adds what the update asks for, if nobody has and the tables have room, and reads the schema again. */
  apply(update: SchemaUpdate, origin: ChangeOrigin): Promise<readonly RecordedChange[]>;
}

/** What the schema is kept with. */
export interface SchemasOptions {
  readonly database: Database;
  readonly dataset: string;
  readonly names: DatasetNames;
  /** Tables with rows of others. */
  readonly takenOver: ReadonlyMap<string, TakenOver>;
  readonly runId: RunId;
  readonly resources: readonly ResourceSpec[];
  readonly random: () => number;
}

/** Makes the dataset if it does not exist and reads its schema. */
export async function openSchemas(options: SchemasOptions): Promise<Schemas> {
  const { database, dataset, names } = options;
  if (!(await hasDataset(database, dataset))) await makeDataset(options);
  let stored = await readDltSchema(database, dataset, names.schema);
  let live = await readLiveSchema(database, dataset, stored);
  const takenOver = new Map(options.takenOver);
  const oneAtATime = pLimit(1);
  const refresh = async (): Promise<void> => {
    stored = await readDltSchema(database, dataset, names.schema, stored);
    live = await readLiveSchema(database, dataset, stored);
  };

  return {
    firstState: await openFirstState(database, dataset, names),
    current: () => live,
    version: () => {
      const { name, version_hash } = stored ?? emptyDltSchema(names.schema);
      return { name, hash: version_hash };
    },
    adoption: (chain) => adoptionOf({ takenOver, resources: options.resources }, live, chain),
    adopt: (roots) => adoptTables(options, takenOver, roots),
    forgetLost: (resource) =>
      oneAtATime(async () => {
        if (lostTables(stored, live, resource).length === 0) return [];
        const lost = await inTransaction(options, (session) =>
          forgetLost(session, options, resource),
        );
        if (lost.length > 0) stored = await readDltSchema(database, dataset, names.schema);
        return lost;
      }),
    refresh: exceptFirst(() => oneAtATime(refresh)),
    apply: (update, origin) =>
      oneAtATime(async () => {
        const result = await inTransaction(options, (session) =>
          changeSchema(session, options, { update, origin }),
        );
        ({ stored, live } = result);
        return result.changes;
      }),
  };
}

/** What was read a moment ago is new enough for whoever asks first. */
function exceptFirst(work: () => Promise<void>): () => Promise<void> {
  let isFirst = true;
  return async () => {
    if (!isFirst) await work();
    isFirst = false;
  };
}

async function makeDataset(options: SchemasOptions): Promise<void> {
  const { dataset } = options;
  await inTransaction(options, async (session) => {
    await lockSchema(session, dataset);
    await createDataset(session, dataset);
  });
}

function inTransaction<T>(
  { database, random }: SchemasOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  return retrying({ random, when: isPassing }, () => database.transaction(undefined, work));
}

async function adoptTables(
  { database, dataset }: SchemasOptions,
  takenOver: Map<string, TakenOver>,
  roots: readonly string[],
): Promise<void> {
  for (const root of roots) takenOver.set(root, await recordConflict(database, dataset, root));
}

function adoptionOf(
  { takenOver, resources }: Pick<SchemasOptions, 'takenOver' | 'resources'>,
  live: Schema,
  { root, children }: TableChain,
): AdoptionRules | undefined {
  const taken = takenOver.get(root);
  if (taken === undefined) return undefined;
  const { before, facts } = taken;
  const key = rowKeyOf(resources, live, { table: root, facts });
  return { before, key, byParent: foundByParent(live, children) };
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

/** Adds in a transaction that holds the schema's lock what nobody has added, and keeps the new version. */
export async function changeSchema(
  session: Session,
  { dataset, names, runId, resources }: Omit<SchemasOptions, 'takenOver'>,
  { update, origin }: { readonly update: SchemaUpdate; readonly origin: ChangeOrigin },
): Promise<Changed> {
  await lockSchema(session, dataset);
  const known = await readDltSchema(session, dataset, names.schema);
  const found = await readLiveSchema(session, dataset, known);
  const keys = tableKeys(resources);
  const before = known ?? documentOf(names.schema, found, hintsOf(keys));
  const fitted = fitting(update, found);
  const changes = await applyUpdate(session, dataset, { live: found, update: fitted }).catch(
    (error: unknown) => {
      throw inTheWay(error, dataset);
    },
  );
  if (changes.length === 0) return { stored: before, live: found, changes: [] };
  const stored = updatedDltSchema(before, added(fitted, changes), hintsOf(keys));
  await insertDltSchema(session, dataset, stored);
  const live = await readLiveSchema(session, dataset, stored);
  const touched = new Set(changes.map(({ table }) => table));
  const hints = keys.filter(({ table }) => touched.has(table));
  const repeating = await readRepeating(session, dataset);
  await ensureIndexes(session, dataset, { live, hints, repeating });
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

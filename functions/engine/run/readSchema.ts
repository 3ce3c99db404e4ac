import { allResources, type Catalog } from '../catalog/selection.ts';
import type { DatabaseSettings } from '../config/settings.ts';
import { systemTables } from '../load/ddl.ts';
import type { DltSchema } from '../load/dltSchema.ts';
import { readDltSchema } from '../load/dltVersion.ts';
import { readAllDltSchemas } from '../load/foreignDataset.ts';
import { type LiveTables, readLiveTables } from '../load/liveTables.ts';
import {
  type DeclaredTable,
  type SchemaDifference,
  schemaDifferences,
} from '../load/schemaDifferences.ts';
import { tableDdl } from '../load/tableDdl.ts';
import { LoaderError } from '../model/errors.ts';
import type { Database } from '../sql/pool.ts';
import { readNames } from '../state/datasetNames.ts';
import { hasState } from '../state/overview.ts';
import { type HistoricChange, readSchemaChanges } from '../state/schemaChanges.ts';
import { openDatabase } from './openDatabase.ts';
import { requiredColumns } from './tableKeys.ts';

/** What differs, and the tables of the catalogue that have had no row yet and so do not exist. */
export interface SchemaComparison {
  readonly tables: number;
  readonly differences: readonly SchemaDifference[];
  readonly unused: readonly string[];
}

/** Reads the newest schema in `_dlt_version`; throws E_REQUEST when nothing has been loaded. */
export function readStoredSchema(settings: DatabaseSettings): Promise<DltSchema> {
  return withDatabase(settings, (database) => storedSchema(database, settings.dataset));
}

/** Writes the statements that make the dataset's tables as they are now; throws E_REQUEST when there are none. */
export function readSchemaDdl(settings: DatabaseSettings): Promise<string> {
  return withDatabase(settings, async (database) =>
    tableDdl(settings.dataset, await liveTables(database, settings.dataset)),
  );
}

/** Compares the stored schema with the tables in the database and with what the catalogue declares. */
export function compareSchema(
  settings: DatabaseSettings,
  catalog: Catalog,
): Promise<SchemaComparison> {
  return withDatabase(settings, async (database) => {
    const stored = await storedSchema(database, settings.dataset);
    const { tables } = await liveTables(database, settings.dataset);
    const declared = declaredTables(catalog);
    const present = new Set([...tables.map(({ name }) => name), ...Object.keys(stored.tables)]);
    return {
      tables: tables.length,
      differences: schemaDifferences({ stored, live: tables, declared }),
      unused: declared.map(({ name }) => name).filter((name) => !present.has(name)),
    };
  });
}

/** Reads the last changes of the schema, newest first; none before the first run. */
export function readSchemaHistory(
  settings: DatabaseSettings,
  limit: number,
): Promise<readonly HistoricChange[]> {
  return withDatabase(settings, async (database) =>
    (await hasState(database, settings.dataset))
      ? readSchemaChanges(database, settings.dataset, limit)
      : [],
  );
}

async function withDatabase<T>(
  settings: DatabaseSettings,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  const applicationName = 'gitlab-alloydb/schema';
  const database = await openDatabase(settings, { applicationName, max: 2 });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

async function storedSchema(database: Database, dataset: string): Promise<DltSchema> {
  const names = (await hasState(database, dataset))
    ? await readNames(database, dataset)
    : undefined;
  const stored =
    names === undefined
      ? (await foreignSchemas(database, dataset))[0]
      : await readDltSchema(database, dataset, names.schema);
  if (stored === undefined) throw nothingLoaded(dataset);
  return stored;
}

/** Schemas of a dataset in which this loader has not run yet, the one written last first. */
async function foreignSchemas(database: Database, dataset: string): Promise<readonly DltSchema[]> {
  const system = await systemTables(database, dataset);
  return system.has('_dlt_version') ? readAllDltSchemas(database, dataset) : [];
}

async function liveTables(database: Database, dataset: string): Promise<LiveTables> {
  const live = await readLiveTables(database, dataset);
  if (live === undefined || live.tables.length === 0) throw nothingLoaded(dataset);
  return live;
}

function nothingLoaded(dataset: string): LoaderError {
  return new LoaderError(
    'E_REQUEST',
    `Nothing has been loaded into '${dataset}' yet, so there is no schema.`,
  );
}

/** Key columns that every resource of a table has, and the columns that resources declare with a type. */
function declaredTables(catalog: Catalog): readonly DeclaredTable[] {
  const resources = allResources(catalog);
  return [...requiredColumns(resources)].map(([name, required]) => {
    const typed = resources
      .filter(({ table }) => table === name)
      .flatMap(({ declaredColumns = [] }) => declaredColumns)
      .map((column) => [column.name, column.type] as const);
    const untyped = [...required].map((column) => [column, undefined] as const);
    return { name, columns: new Map([...untyped, ...typed]) };
  });
}

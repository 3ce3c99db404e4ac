import { systemTables } from '../load/ddl.ts';
import type { DltSchema } from '../load/dltSchema.ts';
import {
  cursorsOf,
  findStagingSchema,
  newestState,
  readAllDltSchemas,
} from '../load/foreignDataset.ts';
import { readLiveSchema } from '../load/liveSchema.ts';
import { type DatasetNames, NEW_DATASET_NAMES } from '../model/names.ts';
import type { ResourceSpec } from '../model/resource.ts';
import type { Schema } from '../model/schema.ts';
import type { Takeover } from '../model/takeover.ts';
import type { Session } from '../sql/session.ts';
import type { SchemasOptions } from './schemas.ts';
import { tableKeys } from './tableKeys.ts';

/** What is needed to take a dataset over. */
export type TakeoverOptions = Omit<SchemasOptions, 'names' | 'takenOver'>;

/** What others have left in a dataset, as it is seen without changing anything. */
export interface FoundDataset {
  readonly facts: Omit<Takeover, 'tables'>;
  readonly live: Schema;
  /** Tables of the catalogue. */
  readonly tables: readonly string[];
}

/** Looks at a dataset. `known` names stay; else those of dlt's schema with most tables of the catalogue are taken. */
export async function findDataset(
  database: Pick<Session, 'query'>,
  { dataset, resources }: Pick<SchemasOptions, 'dataset' | 'resources'>,
  known?: DatasetNames,
): Promise<FoundDataset> {
  const schema = await findSchema(database, { dataset, resources }, known);
  const schemaName = known?.schema ?? schema?.name ?? NEW_DATASET_NAMES.schema;
  const state = await newestState(database, dataset, schemaName);
  const pipeline = known?.pipeline ?? state?.pipelineName ?? NEW_DATASET_NAMES.pipeline;
  const live = await readLiveSchema(database, dataset, schema);
  return {
    facts: {
      names: { schema: schemaName, pipeline },
      schemaVersion: schema?.version,
      stagingSchema: await findStagingSchema(database, dataset),
      cursors: cursorsOf(state, schemaName),
    },
    live,
    tables: loadedTables(resources, live),
  };
}

async function findSchema(
  database: Pick<Session, 'query'>,
  { dataset, resources }: Pick<SchemasOptions, 'dataset' | 'resources'>,
  known: DatasetNames | undefined,
): Promise<DltSchema | undefined> {
  const system = await systemTables(database, dataset);
  if (!system.has('_dlt_version')) return undefined;
  const schemas = await readAllDltSchemas(database, dataset);
  return schemas.find(({ name }) => name === known?.schema) ?? fittingSchema(schemas, resources);
}

/** Tables of the catalogue whose rows have dlt's ids. */
function loadedTables(resources: readonly ResourceSpec[], live: Schema): readonly string[] {
  const tables = new Set(tableKeys(resources).map(({ table }) => table));
  return [...tables].filter((table) => {
    const columns = live.get(table)?.columns;
    return columns?.has('_dlt_id') === true && columns.has('_dlt_load_id');
  });
}

/** The schema with most tables of the catalogue; of equals the one written last. */
function fittingSchema(
  schemas: readonly DltSchema[],
  resources: readonly ResourceSpec[],
): DltSchema | undefined {
  const ours = new Set(resources.map(({ table }) => table));
  const fit = ({ tables }: DltSchema): number =>
    Object.keys(tables).filter((name) => ours.has(name)).length;
  const [best] = schemas.toSorted((left, right) => fit(right) - fit(left));
  return best !== undefined && fit(best) > 0 ? best : undefined;
}

import { ensureIndex, ensureIndexes, systemTables } from '../load/ddl.ts';
import type { DltSchema } from '../load/dltSchema.ts';
import {
  cursorsOf,
  findStagingSchema,
  newestState,
  readAllDltSchemas,
} from '../load/foreignDataset.ts';
import { readLiveSchema } from '../load/liveSchema.ts';
import { countSuperseded } from '../load/superseded.ts';
import { childTables } from '../model/childTables.ts';
import { type DatasetNames, NEW_DATASET_NAMES } from '../model/names.ts';
import type { ResourceSpec } from '../model/resource.ts';
import type { Schema } from '../model/schema.ts';
import type { FoundTable, Takeover } from '../model/takeover.ts';
import { qualified } from '../sql/identifier.ts';
import type { Session } from '../sql/session.ts';
import { nextLoadId } from '../state/commits.ts';
import { changeSchema, type SchemasOptions } from './schemas.ts';
import { rowKeyOf, tableKeys } from './tableKeys.ts';

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

/**
 * Prepares the tables that were found: children get the id of their root, keys get an index that is unique where no
 * key repeats.
 */
export async function prepareTables(
  session: Session,
  options: TakeoverOptions,
  { facts: { names }, live, tables }: FoundDataset,
): Promise<readonly FoundTable[]> {
  const prepared: FoundTable[] = [];
  for (const table of tables)
    prepared.push(await prepareTable(session, { ...options, names }, { live, table }));
  return prepared;
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

interface Preparing {
  readonly live: Schema;
  readonly table: string;
}

async function prepareTable(
  session: Session,
  options: TakeoverOptions & { readonly names: DatasetNames },
  { live, table }: Preparing,
): Promise<FoundTable> {
  const { dataset, resources } = options;
  await linkToRoots(session, options, { live, table });
  const key = rowKeyOf(resources, live, table);
  const counted = await countSuperseded(session, qualified(dataset, table), key);
  const repeats = counted.superseded > 0;
  const hints = tableKeys(resources).filter((hint) => hint.table === table);
  const repeating = new Set(repeats ? [table] : []);
  await ensureIndexes(session, dataset, { live, hints, repeating });
  const columns = key.common.length > 0 ? key.common : key.owners;
  if (columns.length > 0 && (repeats || key.form === 'partial'))
    await ensureIndex(session, dataset, { table, columns });
  return { table, ...counted };
}

/** Gives the tables below a merged table the column that names their root, and what finds their rows quickly. */
async function linkToRoots(
  session: Session,
  options: TakeoverOptions & { readonly names: DatasetNames },
  { live, table }: Preparing,
): Promise<void> {
  const { dataset, resources } = options;
  const children = childTables(live, table);
  const resource = resources.find((spec) => spec.table === table);
  const merged = resource?.writeDisposition === 'merge' && resource.mergeStrategy !== 'scd2';
  const lacking = children.filter(
    (child) => live.get(child.table)?.columns.has('_dlt_root_id') !== true,
  );
  if (merged && lacking.length > 0) {
    const columns = [{ name: '_dlt_root_id', type: 'text', nullable: true }] as const;
    const tables = lacking.map((child) => ({ name: child.table, parent: child.parent, columns }));
    const origin = { resource, load: await nextLoadId(session, dataset) };
    await changeSchema(session, options, { update: { tables }, origin });
  }
  for (const child of children) {
    const links = merged ? ['_dlt_root_id', '_dlt_parent_id'] : ['_dlt_parent_id'];
    for (const link of links)
      await ensureIndex(session, dataset, { table: child.table, columns: [link] });
  }
}

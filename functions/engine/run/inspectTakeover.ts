import { allResources, type Catalog } from '../catalog/selection.ts';
import type { Settings } from '../config/settings.ts';
import { ensureIndexes } from '../load/ddl.ts';
import { foundByParent } from '../load/rowKey.ts';
import { countSuperseded, deleteSuperseded } from '../load/superseded.ts';
import { childTables } from '../model/childTables.ts';
import { runId } from '../model/ids.ts';
import type { FoundTable, Takeover } from '../model/takeover.ts';
import { qualified } from '../sql/identifier.ts';
import { type Database, openPool } from '../sql/pool.ts';
import type { Session } from '../sql/session.ts';
import { migrateState } from '../state/migrate.ts';
import { recordDeduped } from '../state/takenOver.ts';
import { findDataset, type FoundDataset, type TakeoverOptions } from './foundDataset.ts';
import { rowKeyOf, tableKeys } from './tableKeys.ts';
import { takeOver } from './takeOver.ts';

/** A table that was taken over, and how many rows were removed from it just now. */
export interface InspectedTable extends FoundTable {
  readonly removed: number;
}

/** How a dataset that others have written stands. */
export interface InspectedTakeover extends Omit<Takeover, 'tables'> {
  readonly dataset: string;
  readonly tables: readonly InspectedTable[];
}

/** What the command asks for: only a look, or also the removal of rows that a newer one makes superfluous. */
export interface Inspection {
  readonly catalog: Catalog;
  readonly dedupe: boolean;
  readonly random: () => number;
  readonly uuid: () => string;
}

/**
 * Takes the settings' dataset over, as the next run would, and tells how its tables stand; undefined where it has no
 * table of the catalogue. GitLab is not asked.
 */
export async function inspectTakeover(
  { databaseUrl, dataset }: Pick<Settings, 'databaseUrl' | 'dataset'>,
  { catalog, dedupe, random, uuid }: Inspection,
): Promise<InspectedTakeover | undefined> {
  const applicationName = 'gitlab-alloydb/takeover';
  const database = openPool({ url: databaseUrl, applicationName, max: 2 });
  try {
    const resources = allResources(catalog);
    const glance = await findDataset(database, { dataset, resources });
    if (glance.tables.length === 0) return undefined;
    await migrateState(database, dataset);
    const options = { database, dataset, resources, runId: runId(uuid()), random };
    const { names, takenOver } = await takeOver(options);
    const { live } = await findDataset(database, options, names);
    const tables: InspectedTable[] = [];
    for (const table of glance.tables.filter((name) => takenOver.has(name)))
      tables.push(await inspectTable(database, options, { live, table, dedupe }));
    return { ...glance.facts, names, dataset, tables };
  } finally {
    await database.close();
  }
}

interface Inspecting extends Pick<FoundDataset, 'live'> {
  readonly table: string;
  readonly dedupe: boolean;
}

async function inspectTable(
  database: Database,
  options: TakeoverOptions,
  inspecting: Inspecting,
): Promise<InspectedTable> {
  const { dataset, resources } = options;
  const { live, table, dedupe } = inspecting;
  const key = rowKeyOf(resources, live, table);
  return database.transaction(undefined, async (session) => {
    const removed = dedupe ? await dedupeTable(session, options, inspecting) : 0;
    const counted = await countSuperseded(session, qualified(dataset, table), key);
    return { table, ...counted, removed };
  });
}

/** Removes superfluous rows; the key can then have its unique index. */
async function dedupeTable(
  session: Session,
  { dataset, resources }: TakeoverOptions,
  { live, table }: Inspecting,
): Promise<number> {
  const children = childTables(live, table);
  const removed = await deleteSuperseded(session, dataset, {
    table,
    key: rowKeyOf(resources, live, table),
    children,
    byParent: foundByParent(live, children),
  });
  await recordDeduped(session, dataset, table);
  const hints = tableKeys(resources).filter((hint) => hint.table === table);
  await ensureIndexes(session, dataset, { live, hints, repeating: new Set() });
  return removed;
}

import { allResources, type Catalog } from '../catalog/selection.ts';
import type { DatabaseSettings } from '../config/settings.ts';
import { ensureIndexes } from '../load/ddl.ts';
import { foundByParent } from '../load/rowKey.ts';
import { deleteSuperseded } from '../load/superseded.ts';
import { childTables } from '../model/childTables.ts';
import { runId } from '../model/ids.ts';
import type { FoundTable, Takeover } from '../model/takeover.ts';
import type { Database } from '../sql/pool.ts';
import type { Session } from '../sql/session.ts';
import { sql } from '../sql/sql.ts';
import { readNames } from '../state/datasetNames.ts';
import { migrateState } from '../state/migrate.ts';
import { hasState } from '../state/overview.ts';
import { isForeign, recordDeduped } from '../state/takenOver.ts';
import { findDataset, type TakeoverOptions } from './foundDataset.ts';
import { lookAtTable, type Looking } from './foundTables.ts';
import { openDatabase } from './openDatabase.ts';
import { rowKeyOf, tableKeys } from './tableKeys.ts';
import { takeOver } from './takeOver.ts';

/** A table with rows of others, and how many rows were removed from it just now. */
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
 * Tells what others have written in the settings' dataset; undefined where it has no table of the catalogue. Changes
 * nothing unless it is to dedupe, for which the dataset is taken over first. GitLab is not asked.
 */
export async function inspectTakeover(
  settings: DatabaseSettings,
  { catalog, dedupe, random, uuid }: Inspection,
): Promise<InspectedTakeover | undefined> {
  const applicationName = 'gitlab-alloydb/takeover';
  const { dataset } = settings;
  const database = await openDatabase(settings, { applicationName, max: 2 });
  const resources = allResources(catalog);
  const options = { database, dataset, resources, runId: runId(uuid()), random };
  try {
    if ((await findDataset(database, options)).tables.length === 0) return undefined;
    if (dedupe) {
      await migrateState(database, dataset);
      await takeOver(options);
    }
    return await inspect(options, dedupe);
  } finally {
    await database.close();
  }
}

async function inspect(options: TakeoverOptions, dedupe: boolean): Promise<InspectedTakeover> {
  const { database, dataset } = options;
  const isKnown = await hasState(database, dataset);
  const names = isKnown ? await readNames(database, dataset) : undefined;
  const { facts, live, tables } = await findDataset(database, options, names);
  const foreign = isKnown ? isForeign(dataset) : sql`true`;
  const inspected: InspectedTable[] = [];
  for (const table of tables)
    inspected.push(await inspectTable(options, { live, table, foreign }, dedupe));
  return {
    ...{ ...facts, dataset },
    tables: inspected.filter(({ rows, removed, superseded }) => rows + removed + superseded > 0),
  };
}

function inspectTable(
  options: TakeoverOptions & { readonly database: Database },
  looking: Looking,
  dedupe: boolean,
): Promise<InspectedTable> {
  return options.database.transaction(undefined, async (session) => {
    await session.simple(sql`set local statement_timeout = 0`);
    const found = await lookAtTable(session, options, looking);
    if (!dedupe || found.superseded === 0) return { ...found, removed: 0 };
    const removed = await dedupeTable(session, options, { ...looking, found });
    return { ...(await lookAtTable(session, options, looking)), removed };
  });
}

/** Removes superfluous rows; the key can then have its unique index. */
async function dedupeTable(
  session: Session,
  { dataset, resources }: TakeoverOptions,
  { live, table, found }: Looking & { readonly found: FoundTable },
): Promise<number> {
  const children = childTables(live, table);
  const removed = await deleteSuperseded(session, dataset, {
    table,
    key: rowKeyOf(resources, live, found),
    children,
    byParent: foundByParent(live, children),
  });
  await recordDeduped(session, dataset, table);
  const hints = tableKeys(resources).filter((hint) => hint.table === table);
  await ensureIndexes(session, dataset, { live, hints, repeating: new Set() });
  return removed;
}

import { lockSchema, systemTables } from '../load/ddl.ts';
import { type DatasetNames, NEW_DATASET_NAMES } from '../model/names.ts';
import type { FoundTable, Takeover } from '../model/takeover.ts';
import { retrying } from '../sql/retrying.ts';
import type { Session } from '../sql/session.ts';
import { keepNames, readNames } from '../state/datasetNames.ts';
import { forgetPositions } from '../state/forgetPositions.ts';
import {
  hasForeignLoads,
  isForeign,
  readTakenOver,
  recordTakenOver,
  type TakenOver,
} from '../state/takenOver.ts';
import { findDataset, type TakeoverOptions } from './foundDataset.ts';
import { lookAtTable, prepareTable } from './foundTables.ts';
import { isPassing } from './resilient.ts';

/** Whose dataset it is, and what others have written in it. */
export interface Standing {
  readonly names: DatasetNames;
  readonly takenOver: ReadonlyMap<string, TakenOver>;
  /** What was found, when the dataset was taken over just now. */
  readonly found: Takeover | undefined;
}

/** A dataset in which nobody has written. */
export const NEW_DATASET: Standing = {
  names: NEW_DATASET_NAMES,
  takenOver: new Map(),
  found: undefined,
};

/**
 * Looks whether others have loaded into the dataset since the last run, or before the first. If so their names are
 * kept, and their tables are prepared in one transaction: rows that come will take the place of theirs.
 */
export async function takeOver(options: TakeoverOptions): Promise<Standing> {
  const { database, dataset, random } = options;
  const standing = await settled(database, dataset);
  if (standing !== undefined) return standing;
  return retrying({ random, when: isPassing }, () =>
    database.transaction(undefined, async (session) => {
      await lockSchema(session, dataset);
      return (await settled(session, dataset)) ?? (await takeNow(session, options));
    }),
  );
}

/** How the dataset stands when there is nothing to take over. */
async function settled(
  database: Pick<Session, 'query'>,
  dataset: string,
): Promise<Standing | undefined> {
  const names = await readNames(database, dataset);
  if (names === undefined) return undefined;
  const system = await systemTables(database, dataset);
  if (system.has('_dlt_loads') && (await hasForeignLoads(database, dataset))) return undefined;
  return { names, takenOver: await readTakenOver(database, dataset), found: undefined };
}

async function takeNow(session: Session, options: TakeoverOptions): Promise<Standing> {
  const { dataset } = options;
  const known = await readNames(session, dataset);
  const { facts, live, tables } = await findDataset(session, options, known);
  const { names } = facts;
  const foreign = isForeign(dataset);
  const found: FoundTable[] = [];
  for (const table of tables) {
    const looked = await lookAtTable(session, options, { live, table, foreign });
    await prepareTable(session, { ...options, names }, { live, found: looked });
    if (looked.rows > 0) found.push(looked);
  }
  await keepNames(session, dataset, names);
  const system = await systemTables(session, dataset);
  if (system.has('_dlt_loads')) await recordTakenOver(session, dataset, found);
  if (known !== undefined) await readAgain(session, options, found);
  return {
    names,
    takenOver: await readTakenOver(session, dataset),
    found: found.length > 0 ? { ...facts, tables: found } : undefined,
  };
}

/** What others have changed since, this loader's positions say nothing about. */
async function readAgain(
  session: Session,
  { dataset, resources, runId }: TakeoverOptions,
  found: readonly FoundTable[],
): Promise<void> {
  const tables = new Set(found.map(({ table }) => table));
  for (const { id, table } of resources)
    if (tables.has(table)) await forgetPositions(session, dataset, { resource: id, runId });
}

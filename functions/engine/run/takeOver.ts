import { lockSchema, systemTables } from '../load/ddl.ts';
import { type DatasetNames, NEW_DATASET_NAMES } from '../model/names.ts';
import type { Takeover } from '../model/takeover.ts';
import { retrying } from '../sql/retrying.ts';
import type { Session } from '../sql/session.ts';
import { keepNames, readNames } from '../state/datasetNames.ts';
import {
  hasForeignLoads,
  readTakenOver,
  recordTakenOver,
  type TakenOver,
} from '../state/takenOver.ts';
import { findDataset, prepareTables, type TakeoverOptions } from './foundDataset.ts';
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
  const isForeign =
    (await systemTables(database, dataset)).has('_dlt_loads') &&
    (await hasForeignLoads(database, dataset, names.schema));
  if (isForeign) return undefined;
  return { names, takenOver: await readTakenOver(database, dataset), found: undefined };
}

async function takeNow(session: Session, options: TakeoverOptions): Promise<Standing> {
  const { dataset } = options;
  const known = await readNames(session, dataset);
  const found = await findDataset(session, options, known);
  const { facts } = found;
  const tables = await prepareTables(session, options, found);
  await keepNames(session, dataset, facts.names);
  if (tables.length > 0) await recordTakenOver(session, dataset, tables);
  return {
    names: facts.names,
    takenOver: await readTakenOver(session, dataset),
    found: tables.length > 0 ? { ...facts, tables } : undefined,
  };
}

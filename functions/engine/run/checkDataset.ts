import { hasDataset } from '../load/ddl.ts';
import type { DltSchema } from '../load/dltSchema.ts';
import { readDltSchema } from '../load/dltVersion.ts';
import { readLiveSchema } from '../load/liveSchema.ts';
import { readLiveTables } from '../load/liveTables.ts';
import { storedStateCheck } from '../load/pipelineStates.ts';
import { storedDifferences } from '../load/schemaDifferences.ts';
import { countSuperseded } from '../load/superseded.ts';
import { tableChecks } from '../load/tableChecks.ts';
import { childTables } from '../model/childTables.ts';
import { NEW_DATASET_NAMES } from '../model/names.ts';
import type { ResourceSpec } from '../model/resource.ts';
import type { Schema } from '../model/schema.ts';
import { type CheckResult, runChecks, unlocked } from '../sql/checks.ts';
import { qualified } from '../sql/identifier.ts';
import type { Session } from '../sql/session.ts';
import { readNames } from '../state/datasetNames.ts';
import { requireCurrentState } from '../state/migrate.ts';
import { hasState, readViolations } from '../state/overview.ts';
import { readRecordedColumns } from '../state/schemaChanges.ts';
import { cursorCheck, loadChecks, stateChecks } from '../state/stateChecks.ts';
import { isForeign, readTakenOver, type TakenOver } from '../state/takenOver.ts';
import { cursorRows } from './cursorRows.ts';
import { rowKeyOf, tableKeys } from './tableKeys.ts';
import { vanishedChecks } from './vanishedChecks.ts';

/** What is checked, and who sees each result as soon as it is known. */
export interface CheckOptions {
  readonly dataset: string;
  readonly resources: readonly ResourceSpec[];
  readonly report: (result: CheckResult) => void;
}

/** Runs every check on a dataset; returns how many are broken, undefined where nothing has been loaded. */
export async function checkDataset(
  session: Session,
  { report, ...options }: CheckOptions,
): Promise<number | undefined> {
  const { dataset } = options;
  if (!(await hasState(session, dataset))) return undefined;
  await requireCurrentState(session, dataset);
  let broken = 0;
  const tell = (results: readonly CheckResult[]): void => {
    for (const result of results) {
      if (result.broken > 0) broken += 1;
      report(result);
    }
  };
  tell(await runChecks(session, stateChecks(dataset)));
  if (!(await hasDataset(session, dataset))) {
    tell([await lostDataset(session, dataset)]);
    return broken;
  }
  const found = await unlocked(session, () => readFound(session, options));
  tell(await runChecks(session, loadChecks(dataset, found.names.schema)));
  tell(await runChecks(session, [storedStateCheck(dataset, found.names.pipeline)]));
  tell([await schemaCheck(session, dataset, found)]);
  for (const root of found.roots) tell(await checkTable(session, options, { ...found, root }));
  return broken;
}

interface Found {
  readonly names: typeof NEW_DATASET_NAMES;
  readonly stored: DltSchema | undefined;
  readonly live: Schema;
  /** Tables of the catalogue that exist. */
  readonly roots: readonly string[];
  readonly takenOver: ReadonlyMap<string, TakenOver>;
  /** Tables, and resources, of which a contract has left out rows. */
  readonly leftOut: ReadonlySet<string>;
}

async function readFound(
  session: Session,
  { dataset, resources }: Omit<CheckOptions, 'report'>,
): Promise<Found> {
  const names = (await readNames(session, dataset)) ?? NEW_DATASET_NAMES;
  const stored = await readDltSchema(session, dataset, names.schema);
  const live = await readLiveSchema(session, dataset, stored);
  const tables = new Set(tableKeys(resources).map(({ table }) => table));
  const violations = await readViolations(session, dataset);
  const rows = violations.filter(({ mode }) => mode === 'discard_row');
  return {
    ...{ names, stored, live },
    roots: [...tables].filter((table) => {
      const columns = live.get(table)?.columns;
      return columns?.has('_dlt_id') === true && columns.has('_dlt_load_id');
    }),
    takenOver: await readTakenOver(session, dataset),
    leftOut: new Set(rows.flatMap(({ table, resource }) => [table, resource])),
  };
}

async function checkTable(
  session: Session,
  { dataset, resources }: Omit<CheckOptions, 'report'>,
  { root, live, takenOver, leftOut }: Found & { readonly root: string },
): Promise<readonly CheckResult[]> {
  const keys = tableKeys(resources).filter(({ table }) => table === root);
  const taken = takenOver.get(root);
  const before = taken?.before;
  const children = childTables(live, root);
  const cursors = cursorRows({ dataset, resources, live }).filter(
    ({ where, resource }) => where === root && !leftOut.has(resource),
  );
  const results = await runChecks(session, [
    ...tableChecks(dataset, { root, live, children, keys, before, leftOut }),
    ...cursors.map((cursor) => cursorCheck(dataset, cursor)),
    ...vanishedChecks({ dataset, resources, live }, root),
  ]);
  if (taken === undefined) return results;
  const key = rowKeyOf(resources, live, { table: root, facts: taken.facts });
  const foreign = isForeign(dataset);
  const counted = await unlocked(session, () =>
    countSuperseded(session, qualified(dataset, root), { key, foreign }),
  );
  const repeated = {
    invariant: 'I8',
    where: root,
    promise: 'no key of the rows taken over repeats',
    notice: 'rows with repeated keys; takeover --dedupe',
  } as const;
  return [...results, { ...repeated, broken: 0, keys: [], excused: counted.superseded }];
}

/** Whether the newest schema in `_dlt_version` has the tables and columns as they are. */
async function schemaCheck(
  session: Session,
  dataset: string,
  { stored, names, roots }: Found,
): Promise<CheckResult> {
  const check = {
    invariant: 'I14',
    where: '_dlt_version',
    promise: 'its newest schema is that of the tables',
    notice: 'columns or tables that somebody else has added; see schema --diff',
  } as const;
  if (stored === undefined) {
    const keys = roots.length === 0 ? [] : [`no schema '${names.schema}'`];
    return { ...check, broken: keys.length, keys, excused: 0 };
  }
  const live = await readLiveTables(session, dataset);
  const differences = storedDifferences({ stored, live: live?.tables ?? [] });
  const recorded = await readRecordedColumns(session, dataset);
  const damages = differences
    .filter(({ mark, where }) => mark !== '+' || recorded.has(where))
    .map(({ mark, where, what }) => `${mark} ${where}: ${what}`);
  return {
    ...{ ...check, broken: damages.length, keys: damages.toSorted().slice(0, 5) },
    excused: differences.length - damages.length,
  };
}

/** The state is there and dlt's tables are not: nothing was loaded yet, or everything has been dropped. */
async function lostDataset(session: Session, dataset: string): Promise<CheckResult> {
  const recorded = await readRecordedColumns(session, dataset);
  const keys = recorded.size === 0 ? [] : [`schema '${dataset}'`];
  return {
    invariant: 'I14',
    where: dataset,
    promise: "dlt's own tables are there",
    ...{ broken: keys.length, keys, excused: 0 },
  };
}

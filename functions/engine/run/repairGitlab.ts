import pLimit from 'p-limit';

import { isHeldRowStored, storedKeys } from '../load/partitionRows.ts';
import { LoaderError } from '../model/errors.ts';
import type { ResourceSpec } from '../model/resource.ts';
import { readHeldRecords } from '../state/completenessLedger.ts';
import { orderReread, orderSweep } from '../state/repairs.ts';
import { type Difference, keyText, listedKey } from './completeness.ts';
import type { RunContext } from './context.ts';
import { ownRows } from './countLanded.ts';
import { isHeld } from './findHoles.ts';
import { keepLeases } from './keepLeases.ts';
import { loadResource } from './loadResource.ts';
import { noticeTeller } from './noticeTeller.ts';
import { connect, openRun, type RunEntrance } from './openRun.ts';
import type { Packager } from './packager.ts';
import { quarantineTeller } from './quarantineTeller.ts';
import { refetchRows, singlePaths } from './refetchRows.ts';
import { resourcePackager } from './resourcePackager.ts';
import { settle, summarise } from './run.ts';

/** What became of one partition's holes. */
export interface Repair {
  readonly resource: string;
  readonly partition: string;
  /** `rows`: each was asked for. `partition`: it was read again from its beginning. `held`: another run holds it. */
  readonly how: 'rows' | 'partition' | 'held' | 'nothing';
  /** Requests for single rows. */
  readonly requests: number;
  /** Rows that are stored now. */
  readonly fetched: number;
  /** Rows that are still missing. */
  readonly missing: number;
  /** Rows that GitLab does not list; the next scan of the partition asks whether they are gone. */
  readonly leftToSweep: number;
  readonly problem?: string;
}

/** Fetches what is missing and nothing else, as a run of its own beside others; deletes nothing. */
export async function repairGitlab(
  entrance: RunEntrance,
  differences: readonly Difference[],
  report: (repair: Repair) => void,
): Promise<readonly Repair[]> {
  const holes = differences.filter(({ missing, surplus }) => missing.length + surplus > 0);
  if (holes.length === 0) return [];
  const resources = [...new Set(holes.map(({ resource }) => resource))];
  const order = { trigger: 'manual', mode: 'incremental', until: 'once', resources } as const;
  const run = await openRun(await connect(entrance, order));
  const asOf = run.ticks.at(-1) ?? new Date(entrance.now());
  const context: RunContext = { ...run, asOf };
  const stopKeeping = keepLeases(context);
  const repairs: Repair[] = [];
  try {
    for (const id of resources) {
      const resource = run.resources.get(id);
      if (resource === undefined) continue;
      const own = holes.filter((hole) => hole.resource === id);
      for (const repair of await repairResource(context, resource, own)) {
        repairs.push(repair);
        report(repair);
      }
    }
  } finally {
    stopKeeping();
    const summary = summarise(run, {
      ...{ startedAt: run.startedAt, outcome: 'done', error: run.stopped() },
    });
    try {
      await settle(run, { report: summary, asOf: 'reached' });
    } finally {
      await run.close();
    }
  }
  return repairs;
}

async function repairResource(
  context: RunContext,
  resource: ResourceSpec,
  holes: readonly Difference[],
): Promise<readonly Repair[]> {
  const notices = noticeTeller(context, resource);
  const bad = quarantineTeller(context, resource);
  const packager = await resourcePackager(context, resource, { notices, bad });
  const repairs: Repair[] = [];
  for (const hole of holes) repairs.push(await repairPartition(context, packager, hole));
  notices.tell();
  bad.tell();
  return repairs;
}

/** What fails in one partition leaves the others to be repaired. */
async function repairPartition(
  context: RunContext,
  packager: Packager,
  hole: Difference,
): Promise<Repair> {
  const resource = context.resources.get(hole.resource);
  if (resource === undefined) throw new Error(`there is no resource '${hole.resource}'`);
  const { partition, surplus } = hole;
  const known = { resource: resource.id, partition, leftToSweep: surplus };
  if (surplus > 0) await orderSweep(context.claims, { resource, partition });
  try {
    const done = await fillHole(context, { resource, hole, packager });
    const missing = await stillMissing(context, resource, hole);
    return { ...known, ...done, fetched: hole.missing.length - missing, missing };
  } catch (error) {
    if (!(error instanceof LoaderError) || context.budget.signal.aborted) throw error;
    const missing = await stillMissing(context, resource, hole);
    const fetched = hole.missing.length - missing;
    return { ...known, how: 'nothing', requests: 0, fetched, missing, problem: error.message };
  }
}

async function fillHole(
  context: RunContext,
  {
    resource,
    hole,
    packager,
  }: { readonly resource: ResourceSpec; readonly hole: Difference; readonly packager: Packager },
): Promise<Pick<Repair, 'how' | 'requests'>> {
  const { partition, missing } = hole;
  if (missing.length === 0) return { how: 'nothing', requests: 0 };
  const paths = singlePaths(resource, missing);
  if (paths !== undefined) {
    const { requests, ended } = await refetchRows(context, {
      ...{ resource, partition, paths, packager },
    });
    return { how: ended === 'held' ? 'held' : 'rows', requests };
  }
  if ((await orderReread(context.claims, { resource, partition })) === 'held')
    return { how: 'held', requests: 0 };
  const request = { ...context.request, ...(partition === '' ? {} : { partition }) };
  await loadResource({ ...context, request }, resource, pLimit(1));
  return { how: 'partition', requests: 0 };
}

async function stillMissing(
  context: RunContext,
  resource: ResourceSpec,
  { partition, missing }: Difference,
): Promise<number> {
  const rows = ownRows(context, resource);
  if (rows === undefined) return missing.length;
  const stored = new Set((await storedKeys(context.database, rows, partition)).map(keyText));
  const records = await readHeldRecords(context.claims, resource, isHeldRowStored(rows));
  const held = records.map(({ rowId }) => rowId);
  return missing.filter((row) => !stored.has(listedKey(row, resource)) && !isHeld(row, held))
    .length;
}

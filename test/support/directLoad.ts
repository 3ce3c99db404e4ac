import { randomUUID } from 'node:crypto';

import { restRecords } from '../../functions/engine/extract/records.ts';
import { LoaderError } from '../../functions/engine/model/errors.ts';
import { type LoadId, type RunId, runId } from '../../functions/engine/model/ids.ts';
import type { CommitReport, LoadPackage } from '../../functions/engine/model/package.ts';
import type { Page } from '../../functions/engine/model/page.ts';
import type { PartitionTask } from '../../functions/engine/model/position.ts';
import type { ResourceSpec } from '../../functions/engine/model/resource.ts';
import { openNormalizer } from '../../functions/engine/normalize/normalizer.ts';
import { ENDLESS } from '../../functions/engine/run/budget.ts';
import { type CommitContext, commitPackage } from '../../functions/engine/run/commit.ts';
import { activate } from '../../functions/engine/run/drafts.ts';
import {
  openPackager,
  type Packager,
  type PackagerPorts,
} from '../../functions/engine/run/packager.ts';
import { committing } from '../../functions/engine/run/resourcePackager.ts';
import { openSchemas } from '../../functions/engine/run/schemas.ts';
import { NEW_DATASET } from '../../functions/engine/run/takeOver.ts';
import type { Database } from '../../functions/engine/sql/pool.ts';
import { nextLoadId } from '../../functions/engine/state/commits.ts';
import { migrateState } from '../../functions/engine/state/migrate.ts';
import { releasePartition } from '../../functions/engine/state/outcomes.ts';
import {
  type ClaimContext,
  claimPartitions,
  syncPartitions,
} from '../../functions/engine/state/partitions.ts';
import { readOpenRecords } from '../../functions/engine/state/quarantine.ts';
import { DATASET } from './run.ts';

/** How records are loaded without GitLab. */
export interface DirectOptions {
  readonly resource: ResourceSpec;
  /** 2, as the setting's default, unless the test says otherwise. */
  readonly nesting?: number;
  readonly leaseSeconds?: number;
  /** How long refused records are searched; without end unless the test says otherwise. */
  readonly budget?: CommitContext['budget'];
  /** Secrets stay as they are without it. */
  readonly secretKey?: string;
}

/** Whether a scan ends with a page. */
export type PagePlace = 'last' | 'more';

/** A package and the load id that its rows carry. */
export interface PackedPage {
  readonly loadPackage: LoadPackage;
  readonly load: LoadId;
}

/** Loads pages of one resource as a run does, with the claims, packages and schema changes of one. */
export interface DirectLoader {
  readonly runId: RunId;
  readonly commitContext: CommitContext;
  /** Claims the resource's one partition. */
  claim(): Promise<PartitionTask>;
  /** Makes the package of one page and applies the schema changes that it needs; commits nothing. */
  pack(task: PartitionTask, body: string, place?: PagePlace): Promise<PackedPage>;
  /** Loads bodies as the pages of a scan and ends it. */
  load(bodies: readonly string[]): Promise<readonly CommitReport[]>;
}

/** Prepares the state, the dataset and the partition of one resource. */
export async function openDirectLoader(
  database: Database,
  { resource, nesting = 2, leaseSeconds = 60, budget = ENDLESS, secretKey }: DirectOptions,
): Promise<DirectLoader> {
  const id = runId(randomUUID());
  await migrateState(database, DATASET);
  const shared = { database, dataset: DATASET, runId: id, random: () => 0 };
  const schemas = await openSchemas({ ...shared, ...NEW_DATASET, resources: [resource] });
  const claims = { ...shared, leaseSeconds };
  await syncPartitions(claims, resource, { admitted: [''], excluded: [] });
  const { rowIds, refusedHashes } = await readOpenRecords(database, DATASET, resource);
  const commitContext = {
    ...{ ...shared, schemas, leaseSeconds, budget },
    ...{ quarantinedIds: rowIds, refusedHashes },
  };
  const packing = { resource, nesting, secretKey, runId: id };
  const packager = (commit: PackagerPorts['commit']): Packager =>
    packagerOf(commitContext, { ...packing, commit });
  const claim = async (): Promise<PartitionTask> => {
    const [task] = await claimPartitions(claims, claimNow(resource));
    if (task === undefined) throw new Error(`no partition of '${resource.id}' was free`);
    return task;
  };
  return {
    runId: id,
    commitContext,
    claim,
    pack: async (task, body, place = 'last') => {
      const packages: PackedPage[] = [];
      const noCommit = packager((loadPackage, load) => {
        packages.push({ loadPackage, load });
        return Promise.resolve({ loadId: undefined, rows: 0, unchanged: 0, quarantined: [] });
      });
      await fill(noCommit, task, [pageOf(body, place)]);
      return only(packages);
    },
    load: (bodies) => loadPages({ commitContext, claims, claim, packager }, bodies),
  };
}

interface Direct {
  readonly commitContext: CommitContext;
  readonly claims: ClaimContext;
  readonly claim: () => Promise<PartitionTask>;
  readonly packager: (commit: PackagerPorts['commit']) => Packager;
}

async function loadPages(
  { commitContext, claims, claim, packager }: Direct,
  bodies: readonly string[],
): Promise<readonly CommitReport[]> {
  const reports: CommitReport[] = [];
  const committing = packager(async (made, load) => {
    const report = await commitPackage(commitContext, made, load);
    reports.push(report);
    return report;
  });
  const pages = bodies.map((body, n) => pageOf(body, n + 1 === bodies.length ? 'last' : 'more'));
  const task = await claim();
  try {
    await fill(committing, task, pages);
  } catch (error) {
    if (!(error instanceof LoaderError) || error.code !== 'E_STALE_LEASE') throw error;
    // As a run does: what was not committed is read once more.
    await releasePartition(claims, task);
    await fill(committing, await claim(), pages);
  }
  return reports;
}

interface PackagerOptions {
  readonly resource: ResourceSpec;
  readonly nesting: number;
  readonly secretKey: string | undefined;
  readonly runId: RunId;
  readonly commit: PackagerPorts['commit'];
}

function packagerOf(
  context: CommitContext,
  { resource, nesting, secretKey, ...ports }: PackagerOptions,
): Packager {
  const { database, schemas } = context;
  const options = { resource, nesting, secretKey, requiredColumns: new Map() };
  return openPackager({
    ...committing(context, options),
    ...ports,
    resource,
    normalizer: openNormalizer(options, schemas.current()),
    now: Date.now,
    nextLoadId: (last) => nextLoadId(database, DATASET, last),
    evolve: async (update, load) => {
      await schemas.apply(update, { resource, load });
      return schemas.current();
    },
    committed: () => undefined,
  });
}

async function fill(
  packager: Packager,
  task: PartitionTask,
  pages: readonly Page[],
): Promise<void> {
  const active = activate(task);
  for (const page of pages) await packager.add(active, page);
  await packager.drain();
  active.signal.throwIfAborted();
}

function only<T>(list: readonly T[]): T {
  const [first, ...more] = list;
  if (first === undefined || more.length > 0)
    throw new Error(`expected one, found ${String(list.length)}`);
  return first;
}

/** A claim of whatever is due now. */
export function claimNow(resource: ResourceSpec) {
  const due = { asOf: new Date(Date.now() + 1_000), limit: 10, except: [] } as const;
  return { resource, ...due, partition: undefined, backoff: 'ignore' } as const;
}

/** A response whose body is a list of records. */
export function pageOf(body: string, place: PagePlace = 'last'): Page {
  return {
    request: '/test',
    text: body,
    records: recordsOf(JSON.parse(body)),
    select: recordsOf,
    columns: {},
    position:
      place === 'last' ? { at: 'end', cursor: undefined } : { at: 'page', token: { page: 2 } },
  };
}

const recordsOf = restRecords(undefined);

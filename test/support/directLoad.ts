import { randomUUID } from 'node:crypto';

import { commitPackage, type CommitContext } from '../../functions/engine/run/commit.ts';
import { type ActivePartition, openPackager } from '../../functions/engine/run/packager.ts';
import { openSchemas } from '../../functions/engine/run/schemas.ts';
import { type RunId, runId } from '../../functions/engine/model/ids.ts';
import { isJsonObject, type JsonObject } from '../../functions/engine/model/json.ts';
import type { CommitReport } from '../../functions/engine/model/package.ts';
import type { Page } from '../../functions/engine/model/page.ts';
import type { PartitionTask } from '../../functions/engine/model/position.ts';
import type { ResourceSpec } from '../../functions/engine/model/resource.ts';
import { openNormalizer } from '../../functions/engine/normalize/normalizer.ts';
import type { Database } from '../../functions/engine/sql/pool.ts';
import { nextLoadId } from '../../functions/engine/state/commits.ts';
import { migrateState } from '../../functions/engine/state/migrate.ts';
import { claimPartitions, syncPartitions } from '../../functions/engine/state/partitions.ts';
import { DATASET } from './run.ts';

/** How records are loaded without GitLab. */
export interface DirectOptions {
  readonly resource: ResourceSpec;
  /** 2, as the setting's default, unless the test says otherwise. */
  readonly nesting?: number | undefined;
  readonly leaseSeconds?: number;
  readonly partitions?: readonly string[];
}

/** Loads pages of one resource as a run does, with the claims, packages and schema changes of one. */
export interface DirectLoader {
  readonly runId: RunId;
  readonly commitContext: CommitContext;
  /** Claims a partition anew. */
  claim(partition?: string): Promise<PartitionTask>;
  /** Loads bodies as the pages of a claimed partition and ends its scan. */
  load(bodies: readonly string[], partition?: string): Promise<readonly CommitReport[]>;
}

/** Prepares state, dataset and partitions of one resource. */
export async function openDirectLoader(
  database: Database,
  { resource, nesting = 2, leaseSeconds = 60, partitions = [''] }: DirectOptions,
): Promise<DirectLoader> {
  const id = runId(randomUUID());
  await migrateState(database, DATASET);
  const shared = { database, dataset: DATASET, runId: id };
  const schemas = await openSchemas({ ...shared, resources: [resource], random: Math.random });
  const claims = { ...shared, leaseSeconds };
  await syncPartitions(claims, resource, partitions);
  const commitContext = { ...shared, schemas, leaseSeconds, random: Math.random };
  const claim = async (partition = ''): Promise<PartitionTask> => {
    const [task] = await claimPartitions(claims, { ...claimNow(resource), partition });
    if (task === undefined) throw new Error(`partition '${partition}' was not free`);
    return task;
  };
  const load = async (
    bodies: readonly string[],
    partition = '',
  ): Promise<readonly CommitReport[]> => {
    const reports: CommitReport[] = [];
    const active = activePartition(await claim(partition));
    const packager = openPackager({
      runId: id,
      resource,
      normalizer: openNormalizer(
        { resource, nesting, secretKey: undefined, requiredColumns: new Map() },
        schemas.current(),
      ),
      now: Date.now,
      nextLoadId: () => nextLoadId(database, DATASET),
      commit: (loadPackage, loadId) => commitPackage(commitContext, loadPackage, loadId),
      evolve: async (update) => {
        await schemas.apply(update, resource);
        return schemas.current();
      },
      committed: (report) => void reports.push(report),
    });
    for (const [index, body] of bodies.entries())
      await packager.add(active, pageOf(body, index === bodies.length - 1 ? 'last' : 'more'));
    await packager.drain();
    active.signal.throwIfAborted();
    return reports;
  };
  return { runId: id, commitContext, claim, load };
}

/** A claim of whatever is due now. */
export function claimNow(resource: ResourceSpec) {
  const due = { asOf: new Date(Date.now() + 1_000), limit: 10, except: [] } as const;
  return { resource, ...due, partition: undefined, backoff: 'ignore' } as const;
}

/** A claimed partition whose pages are about to be read. */
export function activePartition(task: PartitionTask): ActivePartition {
  const abort = new AbortController();
  return {
    task,
    seq: task.seq,
    token: task.token,
    signal: abort.signal,
    fail: (error) => {
      abort.abort(error);
    },
  };
}

/** A response whose body is a list of records. */
export function pageOf(body: string, place: 'last' | 'more' = 'last'): Page {
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

function recordsOf(body: unknown): readonly JsonObject[] {
  return Array.isArray(body) ? body.filter(isJsonObject) : [];
}

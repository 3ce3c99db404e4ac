import { randomUUID } from 'node:crypto';

import { runId } from '../../functions/engine/model/ids.ts';
import type { Page } from '../../functions/engine/model/page.ts';
import type { PartitionTask } from '../../functions/engine/model/position.ts';
import type { ResourceSpec } from '../../functions/engine/model/resource.ts';
import type { SchemaContract } from '../../functions/engine/model/schema.ts';
import { openNormalizer } from '../../functions/engine/normalize/normalizer.ts';
import { commitPackage, fresh } from '../../functions/engine/run/commit.ts';
import { activate, type ActivePartition } from '../../functions/engine/run/drafts.ts';
import { openPackager, type Packager } from '../../functions/engine/run/packager.ts';
import { openSchemas } from '../../functions/engine/run/schemas.ts';
import { requiredColumns } from '../../functions/engine/run/tableKeys.ts';
import { NEW_DATASET } from '../../functions/engine/run/takeOver.ts';
import type { Database } from '../../functions/engine/sql/pool.ts';
import { nextLoadId } from '../../functions/engine/state/commits.ts';
import { migrateState } from '../../functions/engine/state/migrate.ts';
import { failPartition, finishScan } from '../../functions/engine/state/outcomes.ts';
import { claimPartitions, syncPartitions } from '../../functions/engine/state/partitions.ts';

/** The pages of one scan, and how they are taken apart. */
export interface Scan {
  readonly resource: ResourceSpec;
  readonly partition: string;
  /** All of them, or those that are left where the partition stands. */
  readonly pages: readonly Page[] | ((task: PartitionTask) => readonly Page[]);
  /** `filled` as in a run, unless it is given. */
  readonly packages?: 'filled' | 'one-page';
  readonly nesting: number | undefined;
  readonly contract: SchemaContract;
}

/** Loads scans into a dataset through the stages of a run: claim, normalize, schema change, commit. */
export interface Loader {
  /** Throws what the scan could not be loaded for; packages before that stay. A scan without pages has ended. */
  load(scan: Scan): Promise<void>;
}

const LEASE_SECONDS = 60;

/** Prepares state and dataset. */
export async function openLoader(
  database: Database,
  { dataset, resources }: { readonly dataset: string; readonly resources: readonly ResourceSpec[] },
): Promise<Loader> {
  const id = runId(randomUUID());
  const random = (): number => 0;
  await migrateState(database, dataset);
  const shared = { database, dataset, random, ...NEW_DATASET };
  const schemas = await openSchemas({ ...shared, runId: id, resources });
  const claims = { database, dataset, runId: id, leaseSeconds: LEASE_SECONDS };
  const known = { leaseSeconds: LEASE_SECONDS, ...fresh() };
  const context = { database, dataset, schemas, random, ...known };

  const load = async ({ resource, partition, nesting, contract, ...scan }: Scan): Promise<void> => {
    await syncPartitions(claims, resource, { admitted: [partition], excluded: [] });
    const active = await claim(claims, resource, partition);
    const packager = openPackager({
      runId: id,
      resource,
      normalizer: openNormalizer(
        {
          resource,
          nesting,
          contract,
          secretKey: undefined,
          requiredColumns: requiredColumns(resources),
        },
        schemas.current(),
      ),
      now: Date.now,
      nextLoadId: (last) => nextLoadId(database, dataset, last),
      commit: (loadPackage, loadId) => commitPackage(context, loadPackage, loadId),
      evolve: async (update, load) => {
        await schemas.apply(update, { resource, load });
        return schemas.current();
      },
      committed: () => undefined,
    });
    try {
      if ((await addPages(packager, active, scan)) === 0) await finishScan(claims, active.task);
      active.signal.throwIfAborted();
    } catch (error) {
      await failPartition(claims, active.task, { message: String(error), status: 'active' });
      throw error;
    }
  };
  return { load };
}

/** Loads the pages that are left; returns how many there were. */
async function addPages(
  packager: Packager,
  active: ActivePartition,
  { pages, packages }: Pick<Scan, 'pages' | 'packages'>,
): Promise<number> {
  const left = typeof pages === 'function' ? pages(active.task) : pages;
  for (const page of left) {
    await packager.add(active, page);
    if (packages === 'one-page') await packager.drain();
  }
  await packager.drain();
  return left.length;
}

async function claim(
  claims: Parameters<typeof claimPartitions>[0],
  resource: ResourceSpec,
  partition: string,
): Promise<ActivePartition> {
  const [task] = await claimPartitions(claims, {
    resource,
    partition,
    asOf: new Date(Date.now() + 1_000),
    limit: 1,
    except: [],
    backoff: 'ignore',
  });
  if (task === undefined) throw new Error(`The partition '${partition}' is not free.`);
  return activate(task);
}

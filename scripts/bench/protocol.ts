import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { choosePath } from '../../functions/engine/load/choosePath.ts';
import { loadStatement } from '../../functions/engine/load/loadStatement.ts';
import { sendRows } from '../../functions/engine/load/packages.ts';
import { partitionKey, runId } from '../../functions/engine/model/ids.ts';
import type { PartitionTask } from '../../functions/engine/model/position.ts';
import type { ResourceSpec } from '../../functions/engine/model/resource.ts';
import { openNormalizer } from '../../functions/engine/normalize/normalizer.ts';
import { commitPackage, fresh } from '../../functions/engine/run/commit.ts';
import { activate } from '../../functions/engine/run/drafts.ts';
import { openPackager, type PackagerPorts } from '../../functions/engine/run/packager.ts';
import { openSchemas } from '../../functions/engine/run/schemas.ts';
import { NEW_DATASET } from '../../functions/engine/run/takeOver.ts';
import { type Database, openPool } from '../../functions/engine/sql/pool.ts';
import { joined, sql } from '../../functions/engine/sql/sql.ts';
import { nextLoadId } from '../../functions/engine/state/commits.ts';
import { migrateState } from '../../functions/engine/state/migrate.ts';
import { claimPartitions, syncPartitions } from '../../functions/engine/state/partitions.ts';
import { startPostgres } from '../local/postgres.ts';
import { specOf } from '../parity/replay.ts';
import { pagesOfScan, ROWS, type Way } from './protocolScans.ts';

const LEASE_SECONDS = 60;
const WARM_UP = 3;

/**
 * `bench protocol [scans]`: scans of ten packages of 1,000 new rows are loaded with the whole protocol and, in turns with
 * that, as bare rows with their `_dlt_loads` row. What differs is the cost of claims, fences, positions and history.
 */
export async function benchProtocol([scans = '20']: readonly string[]): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'gitlab-alloydb-bench-'));
  const postgres = await startPostgres({ directory });
  const database = openPool({ url: postgres.url, applicationName: 'bench', max: 4 });
  const seconds = { kept: 0, bare: 0 };
  try {
    const ways = { kept: await openWay(database, 'kept'), bare: await openWay(database, 'bare') };
    for (let scan = 0; scan < WARM_UP + Number(scans); scan += 1) {
      for (const name of ['kept', 'bare'] as const) {
        const begun = performance.now();
        await ways[name].load(scan);
        if (scan >= WARM_UP) seconds[name] += (performance.now() - begun) / 1000;
      }
    }
  } finally {
    await database.close();
    await postgres.stop();
    rmSync(directory, { recursive: true, force: true });
  }
  const bookkeepingShare = Number(((seconds.kept - seconds.bare) / seconds.kept).toFixed(3));
  const result = {
    scans: Number(scans),
    rowsPerPackage: ROWS,
    seconds: seconds.kept,
    bareSeconds: seconds.bare,
    bookkeepingShare,
  };
  process.stdout.write(`${JSON.stringify({ benchmark: 'protocol', ...result })}\n`);
}

/** Opens a dataset of its own and what loads scans into it. */
async function openWay(database: Database, name: 'kept' | 'bare'): Promise<Way> {
  const dataset = `bench_${name}`;
  const id = runId(randomUUID());
  const hints = { writeDisposition: 'merge', primaryKey: ['id'], ids: 'comparable' } as const;
  const resource: ResourceSpec = specOf('items', { hints });
  await migrateState(database, dataset);
  const shared = { database, dataset, runId: id, random: () => 0 };
  const schemas = await openSchemas({ ...shared, ...NEW_DATASET, resources: [resource] });
  const claims = { ...shared, leaseSeconds: LEASE_SECONDS };
  await syncPartitions(claims, resource, { admitted: [''], excluded: [] });
  const context = { ...claims, schemas, ...fresh() };
  const options = {
    resource,
    nesting: 2,
    secretKey: undefined,
    requiredColumns: new Map<never, never>(),
  };
  const commit: PackagerPorts['commit'] =
    name === 'kept'
      ? (loadPackage, load) => commitPackage(context, loadPackage, load)
      : bareCommit(database, dataset);
  return {
    load: async (scan) => {
      const task = name === 'kept' ? await claimOne(claims, resource) : unclaimed(resource);
      const packager = openPackager({
        runId: id,
        resource,
        normalizer: openNormalizer(options, schemas.current()),
        now: Date.now,
        nextLoadId: (last) => nextLoadId(database, dataset, last),
        commit,
        evolve: async (update, load) => {
          await schemas.apply(update, { resource, load });
          return schemas.current();
        },
        committed: () => undefined,
      });
      const partition = activate(task);
      for (const page of pagesOfScan(scan)) {
        await packager.add(partition, page);
        await packager.drain();
      }
      partition.signal.throwIfAborted();
    },
  };
}

/** Rows and their load in one transaction, as any loader must write them; nothing is remembered of where they end. */
function bareCommit(database: Database, dataset: string): PackagerPorts['commit'] {
  const schema = { name: 'bench', hash: '' };
  const adoptions = new Map<never, never>();
  return (loadPackage, load) =>
    database.transaction(undefined, async (session) => {
      const path = await choosePath(session, dataset, loadPackage, adoptions);
      const sending = { loadPackage, path, load, adoptions };
      const { statements, touched } = await sendRows(session, dataset, sending);
      const message = [statements, loadStatement(dataset, { load, schema, touched })];
      await session.commit(
        joined(
          message.filter((text) => text !== ''),
          sql`;\n`,
        ),
      );
      return { loadId: load, rows: ROWS, unchanged: 0, quarantined: [] };
    });
}

async function claimOne(
  claims: Parameters<typeof claimPartitions>[0],
  resource: ResourceSpec,
): Promise<PartitionTask> {
  const due = { asOf: new Date(Date.now() + 1_000), limit: 1, except: [] };
  const [task] = await claimPartitions(claims, {
    ...{ ...due, resource, partition: undefined },
    backoff: 'ignore',
  });
  if (task === undefined) throw new Error('The partition is not free.');
  return task;
}

function unclaimed(resource: ResourceSpec): PartitionTask {
  const position = { cursor: undefined, token: undefined };
  return {
    ...{ resource, ...position, partition: partitionKey('') },
    ...{ fence: 0n, seq: 0n, scanId: 0n },
  };
}

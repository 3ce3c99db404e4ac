import { loadStatement } from '../load/loadStatement.ts';
import { deleteMissing, type Deletion, type SweptRows } from '../load/sweep.ts';
import { LoaderError } from '../model/errors.ts';
import type { LoadId } from '../model/ids.ts';
import { retrying } from '../sql/retrying.ts';
import { joined, sql } from '../sql/sql.ts';
import { advanceStatement, findCommitted, nextLoadId, recordStatement } from '../state/commits.ts';
import { describeSweep, recordDeletions, type SweepTask } from '../state/sweepTasks.ts';
import type { RunContext } from './context.ts';
import { isPassing } from './resilient.ts';

type SweepContext = Pick<
  RunContext,
  'database' | 'schemas' | 'runId' | 'claims' | 'random' | 'settings'
>;

/** What one package deletes of a claimed partition. */
export interface SweepPackage {
  readonly task: SweepTask;
  readonly deletion: Omit<Deletion, 'load'>;
}

/**
 * The one transaction with deletions in place of rows: rows, their children, tombstones, `_dlt_loads` and history change
 * together, and only while the partition is still held. Throws E_STALE_LEASE when it was taken over; nothing went then.
 */
export async function commitSweep(
  context: SweepContext,
  swept: SweptRows,
  { task, deletion }: SweepPackage,
): Promise<{ readonly loadId: LoadId; readonly deleted: number }> {
  const { claims, random, runId } = context;
  const { dataset } = swept;
  const loadId = await nextLoadId(claims.database, dataset);
  const deleted = await retrying({ random, when: isPassing }, async (attempt) => {
    try {
      return await transact(context, swept, { task, deletion: { ...deletion, load: loadId } });
    } catch (error) {
      const isStale = error instanceof LoaderError && error.code === 'E_STALE_LEASE';
      if (attempt === 1 || !isStale) throw error;
      // An earlier attempt may have committed although its answer was lost.
      const { resource } = task;
      const known = await findCommitted(claims.database, dataset, {
        ...{ runId, resource, advances: [task] },
      });
      if (known === undefined) throw error;
      return deletion.ids.length;
    }
  });
  return { loadId, deleted };
}

async function transact(
  { database, schemas, runId, settings: { leaseSeconds } }: SweepContext,
  swept: SweptRows,
  { task, deletion }: { readonly task: SweepTask; readonly deletion: Deletion },
): Promise<number> {
  const { dataset } = swept;
  const { load, ids } = deletion;
  const request = `sweep of ${ids.length.toString()}`;
  return database.named(`gitlab-alloydb/${runId}`).transaction(undefined, async (session) => {
    await describeSweep(session, task, { load, runId, leaseSeconds, request });
    const touched = sql`true`;
    const results = await session.commit(
      joined(
        [
          advanceStatement(dataset),
          deleteMissing(swept, deletion),
          loadStatement(dataset, { load: load as LoadId, schema: schemas.version(), touched }),
          ...[schemas.firstState.statement(load as LoadId, touched)].filter((text) => text !== ''),
          recordStatement(dataset, { written: sql`0`, touched, quarantine: 'unchanged' }),
          recordDeletions(dataset, load),
        ],
        sql`;\n`,
      ),
    );
    schemas.firstState.written();
    const counted = (results[1]?.rows[0] ?? {}) as { deleted?: number };
    return counted.deleted ?? 0;
  });
}

import { type Adoptions, choosePath, type LoadPath } from '../load/choosePath.ts';
import { loadStatement } from '../load/loadStatement.ts';
import { sendRows } from '../load/packages.ts';
import { LoaderError } from '../model/errors.ts';
import { type LoadId, loadId } from '../model/ids.ts';
import type { CommitReport, LoadPackage } from '../model/package.ts';
import type { Database } from '../sql/pool.ts';
import { retrying } from '../sql/retrying.ts';
import { joined, sql } from '../sql/sql.ts';
import {
  advanceStatement,
  describePackage,
  findCommitted,
  recordStatement,
} from '../state/commits.ts';
import { recordCountsStatement } from '../state/completeness.ts';
import { recordSeenStatement } from '../state/seen.ts';
import { ENDLESS, type TimeBudget } from './budget.ts';
import { isPassing } from './resilient.ts';
import type { Schemas } from './schemas.ts';

/** What packages are committed with. */
export interface CommitContext {
  readonly database: Database;
  readonly dataset: string;
  readonly schemas: Schemas;
  readonly leaseSeconds: number;
  /** Ids of rows that could not be stored before now; grows with what packages leave out. */
  readonly quarantinedIds: Set<string>;
  /** Hashes of records that the database refused before now; grows with what it refuses. */
  readonly refusedHashes: Set<string>;
  readonly random: () => number;
  /** Limits what is tried; a package that is whole is committed beyond it. */
  readonly budget: Pick<TimeBudget, 'signal' | 'allowsMore'>;
}

/** What a context holds where nothing was quarantined before and no time ends the work. */
export function fresh(): Pick<CommitContext, 'quarantinedIds' | 'refusedHashes' | 'budget'> {
  return { quarantinedIds: new Set(), refusedHashes: new Set(), budget: ENDLESS };
}

const UNIQUE_VIOLATION = '23505';

/**
 * The one transaction: rows, children, `_dlt_loads`, history and positions become visible together or not at all.
 * May be called again with the same package: it is committed once. Throws E_STALE_LEASE when a partition of the
 * package was taken over; nothing was written then.
 */
export async function commitPackage(
  context: CommitContext,
  loadPackage: LoadPackage,
  load: LoadId,
): Promise<CommitReport> {
  const { database, dataset, schemas, random } = context;
  let path: LoadPath | 'undecided' = 'undecided';
  const { id, written } = await retrying({ random, when: isWorthRetrying }, async (attempt) => {
    try {
      return await transact(context, { loadPackage, load, path });
    } catch (error) {
      if (isUniqueViolation(error)) {
        // By way of a stage only the row of somebody else can have a key of ours.
        if (path === 'guarded') await schemas.adopt(loadPackage.chains.map(({ root }) => root));
        path = 'guarded';
      }
      if (attempt === 1 || !isStaleLease(error)) throw error;
      // An earlier attempt may have committed although its answer was lost.
      const committed = await findCommitted(database, dataset, loadPackage);
      if (committed === undefined) throw error;
      return { id: committed.loadId, written: committed.written };
    }
  });
  const rowsIn = loadPackage.advances.reduce((sum, { rowsIn: rows }) => sum + rows, 0);
  const { quarantined } = loadPackage;
  remember(context, loadPackage);
  return {
    loadId: id === undefined ? undefined : loadId(id),
    rows: written,
    unchanged: Math.max(0, rowsIn - written - quarantined.length),
    quarantined,
  };
}

function remember(
  { quarantinedIds, refusedHashes }: CommitContext,
  { quarantined }: LoadPackage,
): void {
  for (const { rowId, reason, rawSha256 } of quarantined) {
    if (rowId !== undefined) quarantinedIds.add(rowId);
    if (reason === 'refused') refusedHashes.add(rawSha256);
  }
}

interface Attempt {
  readonly loadPackage: LoadPackage;
  readonly load: LoadId;
  readonly path: LoadPath | 'undecided';
}

async function transact(
  { database, dataset, schemas, leaseSeconds, quarantinedIds }: CommitContext,
  { loadPackage, load, path }: Attempt,
): Promise<{ readonly id: string | undefined; readonly written: number }> {
  return database
    .named(`gitlab-alloydb/${loadPackage.runId}`)
    .transaction(undefined, async (session) => {
      const adoptions = adoptionsOf(schemas, loadPackage);
      const chosen =
        path === 'undecided' ? await choosePath(session, dataset, loadPackage, adoptions) : path;
      const { statements, written, touched } = await sendRows(session, dataset, {
        loadPackage,
        path: chosen,
        load,
        adoptions,
      });
      const resolved = storedIds(loadPackage, quarantinedIds);
      await describePackage(session, loadPackage, { load, leaseSeconds, resolved });
      const isSame = loadPackage.quarantined.length + resolved.length === 0;
      const quarantine = isSame ? 'unchanged' : 'changed';
      // From here to COMMIT is one message: an instance that freezes now holds no lock that others wait for.
      const message = [
        advanceStatement(dataset),
        recordSeenStatement(dataset, loadPackage),
        recordCountsStatement(dataset, loadPackage),
        statements,
        loadStatement(dataset, { load, schema: schemas.version(), touched }),
        schemas.firstState.statement(load, touched),
        sql`select ${written}::int as written`,
        recordStatement(dataset, { written, touched, quarantine }),
      ].filter((statement) => statement !== '');
      const results = await session.commit(joined(message, sql`;\n`));
      const last = (results.at(-1)?.rows[0] ?? {}) as { load_id?: string | null };
      const count = (results.at(-2)?.rows[0] ?? {}) as { written?: number };
      if (typeof last.load_id === 'string') schemas.firstState.written();
      return { id: last.load_id ?? undefined, written: count.written ?? 0 };
    });
}

/** Rows of the package whose records could not be stored before. */
function storedIds(
  { chains }: LoadPackage,
  quarantinedIds: ReadonlySet<string>,
): readonly string[] {
  if (quarantinedIds.size === 0) return [];
  return chains[0]?.rowIds.filter((id) => quarantinedIds.has(id)) ?? [];
}

/** How stored rows of others in the package's tables are known. */
export function adoptionsOf(schemas: Schemas, { chains }: LoadPackage): Adoptions {
  return new Map(
    chains.flatMap((chain) => {
      const rules = schemas.adoption(chain);
      return rules === undefined ? [] : [[chain.root, rules] as const];
    }),
  );
}

function isWorthRetrying(error: unknown): boolean {
  return isPassing(error) || isUniqueViolation(error);
}

function isUniqueViolation(error: unknown): boolean {
  return error instanceof LoaderError && error.details['sqlstate'] === UNIQUE_VIOLATION;
}

function isStaleLease(error: unknown): boolean {
  return error instanceof LoaderError && error.code === 'E_STALE_LEASE';
}

import { hasDeleted, requireReplaceable } from '../../load/eventRows.ts';
import { loadStatement } from '../../load/loadStatement.ts';
import { type RowStatements, sendRows } from '../../load/packages.ts';
import { deleteMissing } from '../../load/sweep.ts';
import type { LoadId } from '../../model/ids.ts';
import type { LoadPackage } from '../../model/package.ts';
import type { ResourceSpec } from '../../model/resource.ts';
import type { Session } from '../../sql/session.ts';
import { joined, type Sql, sql } from '../../sql/sql.ts';
import { describePackage } from '../../state/commits.ts';
import {
  type EventRow,
  holdPartitions,
  noteRows,
  quarantineStatement,
  recordEventLoad,
  resolveRows,
  type ToldPartitions,
  violationsStatement,
} from '../../state/eventWrites.ts';
import { holdEvent, settleEvent, type Settlement } from '../../state/webhookEvents.ts';
import { adoptionsOf } from '../commit.ts';
import { sweptRows } from '../sweepPlan.ts';
import type { ConsumerContext } from './consumerContext.ts';
import type { PackedRows } from './packRows.ts';

/** Rows of one resource whose deletion is confirmed. */
export interface GoneRows {
  readonly resource: ResourceSpec;
  readonly partition: string;
  readonly ids: readonly string[];
}

/** Everything that one event changes. */
export interface EventPackage {
  readonly load: LoadId;
  /** When GitLab was asked, by the database's clock. */
  readonly asked: string;
  readonly settlement: Settlement;
  readonly packed: PackedRows;
  readonly gone: readonly GoneRows[];
  readonly told: ToldPartitions;
}

/**
 * The one transaction of an event: its rows, their child rows, deletions, `_dlt_loads`, what is due, and that it was applied.
 * Refused as a whole when a newer row is stored (GL011), and when another delivery of the event was first (GL012).
 */
export async function commitEvent(
  { database, settings, schemas, runId, ...context }: ConsumerContext,
  change: EventPackage,
): Promise<'applied' | 'noop'> {
  const { dataset } = settings;
  const { load, packed, gone } = change;
  return database.named(`gitlab-alloydb/${runId}`).transaction(undefined, async (session) => {
    const rows = await stage({ settings, schemas }, session, change);
    const quarantine = await describeBad({ settings }, session, change);
    const deletions = gone.map((one) =>
      deleteGone({ ...context, database, settings, schemas }, one, change),
    );
    const touched = joined(
      [rows.touched, ...deletions.map(({ touched: each }) => each)],
      sql` or `,
    );
    const resolved = [...packed.ids].map(([{ id }, ids]) =>
      resolveRows(dataset, { resource: id, ids, load }),
    );
    const statements = [
      holdEvent(dataset, change.settlement.key),
      noteRows(dataset, rowsOf(change), change.asked),
      holdPartitions(dataset, change.told, change.asked),
      rows.statements,
      ...deletions.map(({ statements: each }) => each),
      ...quarantine,
      ...resolved,
      ...violationsOf(dataset, change),
      ...historyOf({ settings, schemas, runId }, change, { written: rows.written, touched }),
      settleEvent(dataset, change.settlement, { load, touched: sql`(${touched})` }),
    ].filter((text) => text !== '');
    const results = await session.commit(joined(statements, sql`;\n`));
    const { state } = (results.at(-1)?.rows[0] ?? {}) as { state?: string };
    if (state === 'applied') schemas.firstState.written();
    return state === 'applied' ? 'applied' : 'noop';
  });
}

const NOTHING: RowStatements = { statements: sql``, written: sql`0`, touched: sql`false` };

async function stage(
  { settings, schemas }: Pick<ConsumerContext, 'settings' | 'schemas'>,
  session: Session,
  { load, asked, packed }: EventPackage,
): Promise<RowStatements> {
  if (packed.jobs.length === 0) return NOTHING;
  const loadPackage = packageOf(packed);
  const adoptions = adoptionsOf(schemas, loadPackage);
  const path = 'guarded' as const;
  return sendRows(session, settings.dataset, { loadPackage, path, load, adoptions, asked });
}

function packageOf({ runId, resource, chains, jobs }: PackedRows): LoadPackage {
  return { runId, resource, chains, jobs, advances: [], violations: [], quarantined: [] };
}

/** The quarantine of one resource at a time: the description of a package has one. */
async function describeBad(
  { settings }: Pick<ConsumerContext, 'settings'>,
  session: Session,
  { packed, load }: EventPackage,
): Promise<readonly Sql[]> {
  const [first] = packed.bad;
  if (first === undefined) return [];
  const [resource, quarantined] = first;
  const described = { ...packageOf(packed), resource, quarantined };
  await describePackage(session, described, { load, leaseSeconds: 0, resolved: [] });
  return [quarantineStatement(settings.dataset, load)];
}

function violationsOf(dataset: string, { packed, load }: EventPackage): readonly Sql[] {
  return [...packed.added].map(([{ id }, { violations = [] }]) =>
    violationsStatement(dataset, { resource: id, load, violations }),
  );
}

function deleteGone(
  context: Pick<ConsumerContext, 'database' | 'settings' | 'schemas' | 'resources'>,
  { resource, partition, ids }: GoneRows,
  { load, asked }: EventPackage,
): { readonly statements: Sql; readonly touched: Sql } {
  const swept = sweptRows(context, resource);
  if (swept === undefined) return { statements: sql``, touched: sql`false` };
  const { dataset } = context.settings;
  const { table } = resource;
  const reason = 'An event told that the row was deleted, and GitLab answers 404 to its own path.';
  const scan = { partition, scanId: 0n, before: load };
  return {
    statements: joined(
      [
        requireReplaceable(dataset, { table, ids }, { asked }),
        deleteMissing(swept, { load, scan, ids, reason, kind: 'webhook' }),
      ],
      sql`;\n`,
    ),
    touched: hasDeleted(dataset, { table, ids, load }),
  };
}

function historyOf(
  { settings, schemas, runId }: Pick<ConsumerContext, 'settings' | 'schemas' | 'runId'>,
  { load, packed }: EventPackage,
  { written, touched }: { readonly written: Sql; readonly touched: Sql },
): readonly Sql[] {
  const { dataset } = settings;
  const { resource, ids } = packed;
  const rowsIn = [...ids.values()].reduce((sum, each) => sum + each.length, 0);
  const whether = sql`(${touched})`;
  return [
    loadStatement(dataset, { load, schema: schemas.version(), touched: whether }),
    schemas.firstState.statement(load, whether),
    recordEventLoad(dataset, { load, runId, resource, rowsIn, written, touched: whether }),
  ];
}

function rowsOf({ packed, gone }: EventPackage): readonly EventRow[] {
  const written = packed.chains.flatMap(({ root, rowIds }) =>
    rowIds.map((id) => ({ table: root, id, is: 'written' as const })),
  );
  const deleted = gone.flatMap(({ resource, ids }) =>
    ids.map((id) => ({ table: resource.table, id, is: 'gone' as const })),
  );
  return [...written, ...deleted];
}

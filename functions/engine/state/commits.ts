import type { LoadId, RunId } from '../model/ids.ts';
import { loadId } from '../model/ids.ts';
import type { LoadPackage, PartitionAdvance } from '../model/package.ts';
import type { QuarantinedRecord } from '../model/quarantine.ts';
import type { ContractViolation } from '../model/schema.ts';
import type { Database } from '../sql/pool.ts';
import type { Session } from '../sql/session.ts';
import { type Sql, sql } from '../sql/sql.ts';
import { describeSeen } from './seen.ts';
import { stateNames } from './stateNames.ts';

/**
 * Takes the next load id, in a transaction of its own: its row lock would serialise all packages otherwise. A clock that is
 * not ahead of `last`, because somebody has restored or edited it, is put forward: no package would be taken any more.
 */
export async function nextLoadId(
  database: Pick<Database, 'query'>,
  dataset: string,
  last?: LoadId,
): Promise<LoadId> {
  const { schema, table } = stateNames(dataset);
  const { rows } = await database.query<{ id: string }>(sql`select ${schema}.next_load_id() as id`);
  const [row] = rows;
  if (row === undefined) throw new Error('next_load_id returned no row');
  if (last === undefined || last < row.id) return loadId(row.id);
  await database.query(sql`update ${table('load_clock')} set last = greatest(last, $1::numeric)`, [
    last,
  ]);
  return nextLoadId(database, dataset);
}

/** What a package does not know itself. */
export interface PackageFacts {
  readonly load: LoadId;
  readonly leaseSeconds: number;
  /** Ids of its rows that records in the quarantine have too. */
  readonly resolved: readonly string[];
}

/** Gives the last message of the transaction its parameters; they end with the transaction. */
export async function describePackage(
  session: Session,
  { runId, resource, advances, violations, quarantined }: LoadPackage,
  { load, leaseSeconds, resolved }: PackageFacts,
): Promise<void> {
  const description = {
    resource: resource.id,
    run_id: runId,
    load_id: load,
    lease_seconds: leaseSeconds,
    advances: advances.map(describeAdvance),
    ...(violations.length === 0 ? {} : { violations: violations.map(describeViolation) }),
    ...(quarantined.length + resolved.length === 0
      ? {}
      : { quarantined: describeQuarantined(quarantined), resolved }),
  };
  const seen = describeSeen({ resource, advances });
  const rewind = advances.some(({ mayRewind }) => mayRewind) ? 'on' : 'off';
  await session.query(
    sql`select set_config('gitlab_alloydb.package', $1::text, true),
          set_config('gitlab_alloydb.allow_rewind', $2::text, true)${seen === '' ? sql`` : sql`, set_config('gitlab_alloydb.seen', $3::text, true)`}`,
    [JSON.stringify(description), rewind, ...(seen === '' ? [] : [seen])],
  );
}

/** In the words of the setting SCHEMA_CONTRACT. */
export function describeViolation({ entity, ...violation }: ContractViolation): object {
  return { ...violation, entity: entity === 'dataType' ? 'data_type' : entity };
}

/** One description for each record; of those that differ in nothing the last, with how many they are. */
function describeQuarantined(records: readonly QuarantinedRecord[]): readonly object[] {
  const described = new Map<
    string,
    Readonly<Record<string, unknown>> & { readonly times: number }
  >();
  for (const record of records) {
    const { partition, request, reason, explanation, index, raw, rawSha256 } = record;
    const key = `${partition} ${rawSha256}`;
    const times = (described.get(key)?.times ?? 0) + 1;
    const known = { raw_sha256: rawSha256, raw_characters: record.rawCharacters };
    const found = { partition, request, reason, explanation, place: index, raw };
    described.set(key, { ...found, ...known, row_id: record.rowId ?? null, times });
  }
  return [...described.values()];
}

function describeAdvance(advance: PartitionAdvance): Readonly<Record<string, unknown>> {
  const { partition, fence, seq, scanId, tokenBefore, position, request, bodySha256, rowsIn } =
    advance;
  return {
    partition,
    fence: fence.toString(),
    seq: seq.toString(),
    scan_id: scanId.toString(),
    token_before: tokenBefore ?? null,
    token_after: position.at === 'end' ? null : position.token,
    finished: position.at === 'end',
    cursor: position.at === 'end' ? (position.cursor ?? null) : null,
    request,
    body_sha256: bodySha256,
    rows_in: rowsIn,
  };
}

/** The compare-and-set: refuses the whole message (GL009) when any partition of the package was taken over. */
export function advanceStatement(dataset: string): Sql {
  return sql`select ${stateNames(dataset).schema}.advance()`;
}

/** What the history of a package is made of. */
export interface PackageRecord {
  readonly written: Sql;
  readonly touched: Sql;
  /** Whether its description says what becomes of the quarantine. */
  readonly quarantine: 'changed' | 'unchanged';
}

/** Writes the package's history; gives its load id, or null when nothing was written. */
export function recordStatement(
  dataset: string,
  { written, touched, quarantine }: PackageRecord,
): Sql {
  const { schema } = stateNames(dataset);
  const recorded = sql`${schema}.record_package(${written}::int, ${touched})`;
  return quarantine === 'unchanged'
    ? sql`select ${recorded} as load_id`
    : sql`select ${schema}.quarantine_records(${recorded}) as load_id`;
}

/** By what a package is found in the history. */
export interface CommittedPackage extends Pick<LoadPackage, 'runId' | 'resource'> {
  readonly advances: readonly Pick<PartitionAdvance, 'partition' | 'seq' | 'fence'>[];
}

/**
 * Whether this run has committed the package already: after a COMMIT whose answer was lost. The fence tells it from a
 * package of the same run that claimed the partition anew.
 */
export async function findCommitted(
  database: Database,
  dataset: string,
  { runId, resource, advances }: CommittedPackage,
): Promise<{ readonly loadId: string | undefined; readonly written: number } | undefined> {
  const { table } = stateNames(dataset);
  const [first] = advances;
  if (first === undefined) return undefined;
  const { rows } = await database.query<{ load_id: string | null; rows_written: number | null }>(
    sql`select b.load_id, l.rows_written from ${table('batch')} b left join ${table('load')} l using (load_id)
        where b.resource = $1::text and b.partition_key = $2::text and b.seq = $3::bigint
          and b.run_id = $4::uuid and b.fence = $5::bigint`,
    [resource.id, first.partition, first.seq + 1n, runId satisfies RunId, first.fence],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  return { loadId: row.load_id ?? undefined, written: row.rows_written ?? 0 };
}

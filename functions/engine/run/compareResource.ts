import pLimit from 'p-limit';

import { countList } from '../extract/countList.ts';
import { countRows, isHeldRowStored, type OwnRows } from '../load/partitionRows.ts';
import { countedScopes, isCounted, type ListCount, NO_CLAIM } from '../model/completeness.ts';
import { partitionKey } from '../model/ids.ts';
import type { ResourceSpec } from '../model/resource.ts';
import { openGaps } from '../state/accessGaps.ts';
import { noteCounts } from '../state/completeness.ts';
import { type LedgerEntry, readHeldRecords, readLedger } from '../state/completenessLedger.ts';
import type { ComparisonContext, Difference, ResourceCompleteness } from './completeness.ts';
import { findHoles, type Unlike } from './findHoles.ts';

/** A partition and what GitLab says of it. */
interface Counted extends Omit<Unlike, 'expected'> {
  readonly count: ListCount | 'hidden' | 'left' | undefined;
  /** Set where GitLab was asked just now. */
  readonly askedAt?: Date;
}

/**
 * Compares the rows of a resource with what GitLab counts, partition by partition, and lists those that differ. Undefined for
 * resources whose rows are not those of one list.
 */
export async function compareResource(
  context: ComparisonContext,
  resource: ResourceSpec,
  { partition, now }: { readonly partition: string | undefined; readonly now: () => number },
): Promise<ResourceCompleteness | undefined> {
  const rows = comparedRows(context, resource);
  if (rows === undefined) return undefined;
  const counted = await countPartitions(context, rows, { partition, now });
  if (counted.length === 0) return undefined;
  const limit = pLimit(context.concurrency);
  const unlike = counted.flatMap((one) => unlikeOf(rows, one));
  const found = await Promise.all(unlike.map((one) => limit(() => findHoles(context, rows, one))));
  const differences = found.filter((one) => one !== undefined);
  await keepCounts(context, resource, { counted, differences });
  return summaryOf(resource, counted, differences);
}

/** How the rows of a resource are told from others; undefined where they cannot be compared. */
export function comparedRows(
  { dataset, schema, resources, leftOut }: ComparisonContext,
  resource: ResourceSpec,
): OwnRows | undefined {
  if (!isCounted(resource) || leftOut.has(resource.id) || leftOut.has(resource.table))
    return undefined;
  const nullColumns = countedScopes(resource, resources.values());
  return nullColumns && { dataset, schema, resource, nullColumns };
}

interface Asking {
  readonly partition: string | undefined;
  readonly now: () => number;
}

/** Takes the count of the last whole scan where it equals what is stored, and asks GitLab about the others, oldest first. */
async function countPartitions(
  context: ComparisonContext,
  rows: OwnRows,
  { partition, now }: Asking,
): Promise<readonly Counted[]> {
  const { resource } = rows;
  const entries = await readLedger(context, resource, partition);
  const stored = await countRows(context.database, rows);
  const held = await readHeldRecords(context, resource, isHeldRowStored(rows));
  const departed = resource.discovers === undefined ? [] : await openGaps(context, resource.id);
  const limit = pLimit(context.concurrency);
  const order = entries.toSorted((left, right) => timeOf(left) - timeOf(right));
  return Promise.all(
    order.map((entry) =>
      limit(async (): Promise<Counted> => {
        const records = held.filter((record) => record.partition === entry.partition);
        const known = {
          ...{ entry, departed, held: records.map(({ rowId }) => rowId) },
          stored: (stored.get(entry.partition) ?? 0) - departed.length,
        };
        if (entry.standing !== 'read') return { ...known, count: undefined };
        const { expected, source } = entry;
        const agrees = expected === known.stored + known.held.length;
        if (agrees && resource.cursor.kind === 'full')
          return { ...known, count: { expected, source } };
        return { ...known, ...(await askFor(context, resource, { entry, now })) };
      }),
    ),
  );
}

function timeOf({ countedAt }: LedgerEntry): number {
  return countedAt?.getTime() ?? 0;
}

async function askFor(
  { client, isAdmin, signal, quota, scope }: ComparisonContext,
  resource: ResourceSpec,
  { entry, now }: { readonly entry: LedgerEntry; readonly now: () => number },
): Promise<Pick<Counted, 'count' | 'askedAt'>> {
  if (resource.graphql !== undefined) return { count: NO_CLAIM };
  if (resource.discovers !== undefined && scope.text !== '') return { count: NO_CLAIM };
  if (quota.left <= 0) return { count: 'left' };
  quota.left -= 1;
  const partition = partitionKey(entry.partition);
  const count = await countList(client, resource, { partition, isAdmin, signal });
  return count === 'hidden' ? { count } : { count, askedAt: new Date(now()) };
}

function unlikeOf({ resource }: OwnRows, { count, ...one }: Counted): readonly Unlike[] {
  if (typeof count !== 'object') return [];
  const { expected } = count;
  // A list without pages is shown whole, whatever its headers say.
  if (expected === null) {
    const isOnePage = resource.pagination === 'unpaged' && resource.graphql === undefined;
    return isOnePage ? [{ ...one, expected: one.stored + one.held.length }] : [];
  }
  return expected === one.stored + one.held.length ? [] : [{ ...one, expected }];
}

/** Keeps what GitLab said where nothing differs; elsewhere the older count may be the only proof of what was there. */
async function keepCounts(
  context: ComparisonContext,
  resource: ResourceSpec,
  {
    counted,
    differences,
  }: { readonly counted: readonly Counted[]; readonly differences: readonly Difference[] },
): Promise<void> {
  const unlike = new Set(differences.map(({ partition }) => partition));
  const counts = counted.flatMap(({ entry, stored, departed, count, askedAt }) =>
    askedAt === undefined || typeof count !== 'object' || unlike.has(entry.partition)
      ? []
      : [{ partition: entry.partition, landed: stored + departed.length, count }],
  );
  await noteCounts(context, resource, counts);
}

function summaryOf(
  resource: ResourceSpec,
  partitions: readonly Counted[],
  differences: readonly Difference[],
): ResourceCompleteness {
  const told = partitions.flatMap(({ count, ...one }) =>
    typeof count === 'object' && count.expected !== null
      ? [{ ...one, expected: count.expected, source: count.source }]
      : [],
  );
  const times = told.flatMap(({ askedAt, entry }) => (askedAt ?? entry.countedAt)?.getTime() ?? []);
  const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
  const having = (wanted: (one: Counted) => boolean): number => partitions.filter(wanted).length;
  return {
    resource: resource.id,
    partitions: partitions.length,
    counted: told.length,
    expected: sum(told.map(({ expected }) => expected)),
    stored: sum(told.map(({ stored }) => stored)),
    quarantined: sum(told.map(({ held }) => held.length)),
    hidden: having(({ entry, count }) => entry.standing === 'hidden' || count === 'hidden'),
    unread: having(({ entry }) => entry.standing === 'unread'),
    untold: having(({ count }) => typeof count === 'object' && count.expected === null),
    left: having(({ count }) => count === 'left'),
    countedAt: times.length === 0 ? null : new Date(Math.min(...times)),
    sources: [...new Set(told.flatMap(({ source }) => source ?? []))],
    differences,
  };
}

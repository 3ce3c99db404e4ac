import type { LoadPackage } from '../model/package.ts';
import { type Sql, sql } from '../sql/sql.ts';
import { stateNames } from './stateNames.ts';

/** What a package tells of the rows that its scans have seen, as a parameter of its last message; '' for nothing. */
export function describeSeen({
  resource,
  advances,
}: Pick<LoadPackage, 'resource' | 'advances'>): string {
  const partitions = advances.flatMap(({ partition, scanId, seq, position, seen }) => {
    if (seen === undefined) return [];
    const isPartial = seen === 'partial';
    return [
      {
        partition,
        scan_id: scanId.toString(),
        seq: (seq + 1n).toString(),
        partial: isPartial,
        finished: position.at === 'end',
        ids: isPartial ? '' : seen.join(','),
      },
    ];
  });
  return partitions.length === 0 ? '' : JSON.stringify({ resource: resource.id, partitions });
}

/** Keeps what `describeSeen` told; part of the last message of a package, or '' where it told nothing. */
export function recordSeenStatement(
  dataset: string,
  { advances }: Pick<LoadPackage, 'advances'>,
): Sql {
  return advances.some(({ seen }) => seen !== undefined)
    ? sql`select ${stateNames(dataset).schema}.record_seen()`
    : sql``;
}

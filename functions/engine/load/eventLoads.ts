import type { PartitionTask } from '../model/position.ts';
import { qualified } from '../sql/identifier.ts';
import { literal, type Sql, sql } from '../sql/sql.ts';

/** Longer than a package of a scan takes from its load id to its commit. */
const UNDER_WAY = sql`interval '15 minutes'`;

/** Longer than an event's transaction takes from the instant that it notes to the moment at which others see it. */
const COMMITTING = sql`interval '2 minutes'`;

/** A query for the loads of events beside which packages of scans with older ids may still be under way. */
export function lateLoads(dataset: string): Sql {
  return sql`select load_id from ${qualified(`${dataset}_state`, 'load')}
    where origin = 'webhook' and committed_at > clock_timestamp() - ${UNDER_WAY}`;
}

/**
 * Queries for the loads of events that the last finished scan of a partition has seen among the rows above, and for those
 * that it has not: their ids say nothing of that, because events commit beside scans.
 */
export function toldSince(
  dataset: string,
  { resource, partition, cursor = '' }: PartitionTask,
): { readonly before: Sql; readonly after: Sql } {
  const partitions = qualified(`${dataset}_state`, 'partition');
  const began = sql`(select coalesce(max(complete_as_of) - ${COMMITTING}, '-infinity') from ${partitions}
    where resource = ${literal(resource.id)} and partition_key = ${literal(partition)})`;
  const loads = sql`select load_id from ${qualified(`${dataset}_state`, 'load')} where origin = 'webhook'`;
  return {
    before: sql`${loads} and committed_at <= ${began} and load_id > ${literal(cursor)}`,
    after: sql`${loads} and committed_at > ${began}`,
  };
}

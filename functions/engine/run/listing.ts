import type { RecordFilter } from '../extract/records.ts';
import { storedMembers } from '../load/lookups.ts';
import type { PartitionTask } from '../model/position.ts';
import type { RunContext } from './context.ts';
import { targetSource } from './destination.ts';

/** What a list of projects or groups shows while it is read. */
export interface Listing {
  /** Keeps what the scope admits, and what is stored: a project that was moved out of the scope gets its new path. */
  readonly filter: RecordFilter;
  /** The list has ended: whoever it did not show has left it. */
  readonly complete: () => void;
}

/** Opens the listing of a resource that discovers; undefined for any other. */
export async function openListing(
  context: RunContext,
  { resource, token }: PartitionTask,
): Promise<Listing | undefined> {
  const { discovers } = resource;
  if (discovers === undefined) return undefined;
  const { scope, listed } = context;
  const stored = new Set(
    (await storedMembers(targetSource(context), resource)).map(({ id }) => id),
  );
  const ids = new Set<string>();
  return {
    filter: (record) => {
      const id = idText(record['id']);
      ids.add(id);
      const path = record[discovers.pathField];
      return typeof path !== 'string' || scope.admits(path) || stored.has(id);
    },
    complete: () => {
      // What an earlier invocation has read of the list is not known here.
      if (token === undefined && resource.cursor.kind === 'full') listed.set(resource.id, ids);
    },
  };
}

/** Ids are numbers, or big integers where they are read exactly. */
function idText(id: unknown): string {
  return typeof id === 'number' || typeof id === 'bigint' ? id.toString() : '';
}

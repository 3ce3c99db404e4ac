import { isCounted, type ListCount, NO_CLAIM } from '../model/completeness.ts';
import type { Page } from '../model/page.ts';
import type { PartitionTask } from '../model/position.ts';
import type { ScopeFilter } from '../plan/scope.ts';

/** What the pages of one scan tell of the number of rows in its list. */
export interface ScanCount {
  see(page: Page): void;
  /** The list has a part that cannot be read, so that it does not tell. */
  spoil(): void;
  /** Undefined where the scan has told nothing (yet). */
  result(): ListCount | undefined;
}

/** Tells nothing. */
const UNCOUNTED: ScanCount = {
  see: () => undefined,
  spoil: () => undefined,
  result: () => undefined,
};

/** Counts along a scan, where its list is all that its partition has; GITLAB_SCOPE leaves rows out that GitLab counts. */
export function openScanCount(
  { resource, token }: PartitionTask,
  { text: scope }: Pick<ScopeFilter, 'text'>,
): ScanCount {
  if (!isCounted(resource) || (resource.discovers !== undefined && scope !== '')) return UNCOUNTED;
  const readsAll = resource.cursor.kind === 'full';
  let total: number | undefined;
  let rows = 0;
  let state: 'reading' | 'ended' | 'spoilt' = 'reading';
  return {
    see: (page) => {
      total = page.total ?? total;
      rows += page.records.length;
      if (page.position.at === 'end' && state === 'reading') state = 'ended';
    },
    spoil: () => {
      state = 'spoilt';
    },
    result: () => {
      if (state === 'spoilt') return NO_CLAIM;
      if (total !== undefined) return { expected: total, source: 'x-total' };
      if (!readsAll || state !== 'ended') return undefined;
      // What an earlier invocation has read of the list is not known here.
      return token === undefined ? { expected: rows, source: 'whole-scan' } : NO_CLAIM;
    },
  };
}

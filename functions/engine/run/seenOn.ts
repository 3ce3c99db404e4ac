import type { AddedPage } from '../normalize/addedPage.ts';
import type { Normalizer } from '../normalize/normalizer.ts';
import type { ActivePartition } from './drafts.ts';

/**
 * Ids of the rows that a page showed, where the scan keeps them. What a contract left out, or the quarantine took without
 * a key, cannot be named: then the scan says nothing about what is gone.
 */
export function seenOn(
  normalizer: Pick<Normalizer, 'pageIds'>,
  partition: ActivePartition,
  { bad = [], violations = [] }: AddedPage,
): readonly string[] {
  if (partition.sight !== 'whole') return [];
  const keys = bad.flatMap(({ rowId }) => rowId ?? []);
  const isLeftOut = violations.some(({ mode }) => mode === 'discard_row');
  if (isLeftOut || keys.length < bad.length) partition.sight = 'partial';
  return [...normalizer.pageIds(), ...keys];
}

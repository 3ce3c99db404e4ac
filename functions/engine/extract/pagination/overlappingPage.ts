import { pageOf, pageSizeOf } from './offset.ts';
import { PAGE_SIZE } from './pageSize.ts';

/** A page that begins before an offset: it shows again at least the row before it. */
export interface OverlappingPage {
  readonly page: number;
  readonly size: number;
}

/** The page that reaches furthest behind `offset` and holds the row before it; the first page for 0. */
export function overlappingPage(offset: number): OverlappingPage {
  let best = { page: 1, size: PAGE_SIZE };
  if (offset === 0) return best;
  let end = 0;
  for (let size = PAGE_SIZE; size > PAGE_SIZE / 2; size -= 1) {
    const before = Math.floor((offset - 1) / size);
    if ((before + 1) * size <= end) continue;
    best = { page: before + 1, size };
    end = (before + 1) * size;
  }
  return best;
}

/** Rows of the list before a page. */
export function rowsBefore(query: string): number {
  return (pageOf(query) - 1) * (pageSizeOf(query) ?? PAGE_SIZE);
}

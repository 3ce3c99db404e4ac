import { pathOf, queryOf } from '../response.ts';
import { pageOf, pageSizeOf } from './offset.ts';

/** Records per page: GitLab's maximum. */
export const PAGE_SIZE = 100;

/** Sizes to fall back to; every one that divides the offset of a page can continue the list there. */
const SMALLER_SIZES = [50, 20, 10];

/** The same place of a list with fewer records per page; undefined when there is no smaller size. */
export function smallerPage(pathAndQuery: string): string | undefined {
  const query = queryOf(pathAndQuery);
  const size = pageSizeOf(query);
  if (size === undefined) return undefined;
  const parameters = new URLSearchParams(query);
  const offset = (pageOf(query) - 1) * size;
  const smaller = SMALLER_SIZES.find((candidate) => candidate < size && offset % candidate === 0);
  if (smaller === undefined) return undefined;
  parameters.set('per_page', String(smaller));
  if (parameters.has('page')) parameters.set('page', String(offset / smaller + 1));
  return `${pathOf(pathAndQuery)}?${parameters.toString()}`;
}

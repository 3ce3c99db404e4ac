import { type GitlabResponse, queryOf } from '../response.ts';
import { nextLinkQuery } from './nextLinkQuery.ts';

/** The query of the next offset page; undefined at the end of the list. */
export function nextOffsetQuery(response: GitlabResponse, records: number): string | undefined {
  return hasNextPage(response, records) ? queryOfPage(queryOf(response.request), 1) : undefined;
}

/**
 * Headers decide. A short page alone is no end, for GitLab filters pages after it cut them; where a
 * proxy removed the headers, only a full page goes on.
 */
function hasNextPage({ headers, request }: GitlabResponse, records: number): boolean {
  const nextPage = headers['x-next-page'];
  if (nextPage !== undefined) return nextPage.trim() !== '';
  const link = headers['link'];
  if (link !== undefined) return nextLinkQuery(link) !== undefined;
  return records === pageSizeOf(queryOf(request));
}

/** The queries of up to `count` more pages that GitLab says exist: they may be asked for at once. */
export function knownOffsetQueries(response: GitlabResponse, count: number): readonly string[] {
  const query = queryOf(response.request);
  const total = Number(response.headers['x-total-pages'] ?? 0);
  const ahead = Math.min(count, total - pageOf(query));
  return Array.from({ length: Math.max(0, ahead) }, (_, index) => queryOfPage(query, index + 1));
}

function queryOfPage(query: string, step: number): string {
  const parameters = new URLSearchParams(query);
  parameters.set('page', String(pageOf(query) + step));
  return parameters.toString();
}

/** The page that a query asks for; 1 where it does not say. */
export function pageOf(query: string): number {
  return Number(new URLSearchParams(query).get('page') ?? 1);
}

/** The page size that a query asks for; undefined where GitLab chooses. */
export function pageSizeOf(query: string): number | undefined {
  const size = new URLSearchParams(query).get('per_page');
  return size === null ? undefined : Number(size);
}

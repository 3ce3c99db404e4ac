import type { GitlabResponse } from '../response.ts';
import { nextOffsetQuery } from './offset.ts';

/**
 * The query of a next page that an endpoint announces although it is not known to page; undefined when
 * its one answer was everything. An upgraded GitLab may start paging what it used to list whole.
 */
export function nextUnpagedQuery(response: GitlabResponse, records: number): string | undefined {
  const { headers } = response;
  const isPaged = headers['x-next-page'] !== undefined || headers['link'] !== undefined;
  return isPaged && Array.isArray(response.json) ? nextOffsetQuery(response, records) : undefined;
}

import type { GitlabResponse } from './response.ts';

/** How many rows the whole list has that an answer is a page of; undefined where GitLab does not tell. */
export function totalOf({ headers }: Pick<GitlabResponse, 'headers'>): number | undefined {
  const total = headers['x-total'] ?? '';
  return /^\d+$/.test(total) ? Number(total) : undefined;
}

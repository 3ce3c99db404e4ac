import type { GitlabResponse } from '../../../functions/engine/extract/response.ts';

/** An answer of GitLab with what a test does not care about filled in. */
export function answer(changes: Partial<GitlabResponse>): GitlabResponse {
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    request: '/projects',
    text: '',
    json: [],
    date: undefined,
    ...changes,
  };
}

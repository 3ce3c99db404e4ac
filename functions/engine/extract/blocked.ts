import { LoaderError } from '../model/errors.ts';
import type { GitlabClient } from './client.ts';
import type { GitlabResponse } from './response.ts';
import { isScopeMissing, wordsOf } from './status.ts';

/**
 * The error of a GitLab that refuses even to say who the token is: the address is blocked, or the account is. No partition
 * means anything then. Undefined when the answer is another one.
 */
export function blockedBy(response: GitlabResponse): LoaderError | undefined {
  if (response.status !== 403 || isScopeMissing(response)) return undefined;
  const words = wordsOf(response);
  const said = words === '' ? '' : `: '${words}'`;
  return new LoaderError(
    'E_GITLAB_BLOCKED',
    `GitLab refuses every request of this token and address with status 403${said}.`,
    { details: { status: 403 } },
  );
}

/** Asks who the token is; throws when GitLab refuses that too. */
export async function requireAccess(client: GitlabClient, signal?: AbortSignal): Promise<void> {
  const blocked = blockedBy(await client.get('/user', { signal }));
  if (blocked !== undefined) throw blocked;
}

import type { TokenStore } from '../model/tokenStore.ts';
import { findNamedSecret, secretManagerOf } from './secrets.ts';
import { configurationError, type Environment } from './settings.ts';
import { tokenFile } from './tokenFile.ts';
import { tokenSecret } from './tokenSecret.ts';

/**
 * The file of GITLAB_TOKEN_FILE or the secret of GITLAB_TOKEN_SECRET; throws E_CONFIG where the token comes from
 * elsewhere, for there a new one has no place.
 */
export function findTokenStore(environment: Environment): TokenStore {
  const problems: string[] = [];
  const named = findNamedSecret(environment, 'GITLAB_TOKEN', problems);
  const file = environment['GITLAB_TOKEN_FILE']?.trim() ?? '';
  if (named === undefined && file === '' && problems.length === 0) {
    problems.push(
      'neither GITLAB_TOKEN_FILE nor GITLAB_TOKEN_SECRET is set, and a new token could not be stored in the environment',
    );
  }
  if (named !== undefined && named.version !== 'latest') {
    problems.push(
      `GITLAB_TOKEN_SECRET names version ${named.version}, so a new one would not be read; expected the secret without a version`,
    );
  }
  if (problems.length > 0) throw configurationError(problems);
  return named === undefined ? tokenFile(file) : tokenSecret(named, secretManagerOf(environment));
}

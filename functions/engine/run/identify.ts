import { createHash } from 'node:crypto';

import type { GitlabClient, TokenClient } from '../extract/client.ts';
import { type Identity, probe } from '../extract/identity.ts';
import { LoaderError } from '../model/errors.ts';
import { retrying } from '../sql/retrying.ts';
import { keepIdentity, type KeptIdentity, readKeptIdentity } from '../state/keptIdentity.ts';
import { isStateCurrent, migrateState } from '../state/migrate.ts';
import type { RunContext } from './context.ts';
import { isPassing } from './resilient.ts';
import type { SharedBudgets } from './shareBudgets.ts';

/** Whose token it is; the rest only where GitLab was asked just now. */
export type KnownIdentity = KeptIdentity & Partial<Pick<Identity, 'expiresAt'>>;

/** Brings the state up to date and tells whose tokens they are; a run that goes on with another's work does not ask again. */
export async function identify({
  settings,
  database,
  client,
  budget,
  budgets,
  random,
}: Pick<RunContext, 'settings' | 'database' | 'client' | 'budget' | 'random'> & {
  readonly budgets: SharedBudgets;
}): Promise<KnownIdentity> {
  const { dataset, gitlabToken, gitlabBaseUrl } = settings;
  const secret = await gitlabToken();
  const token = createHash('sha256').update(`${gitlabBaseUrl} ${secret}`).digest('hex');
  const isCurrent = await isStateCurrent(database, dataset);
  const kept = isCurrent ? await readKeptIdentity(database, dataset, token) : undefined;
  const identity = kept ?? (await identifyTokens(client, budget.signal));
  if (!isCurrent)
    await retrying({ random, when: isPassing }, () => migrateState(database, dataset));
  budgets.share();
  if (kept === undefined) await keepIdentity(database, dataset, token, identity);
  else if (kept.leader > 0) (await client.tokens())[kept.leader]?.lead();
  return identity;
}

/** Whose the leading token is: an administrator's where there is one, else the first. Refused tokens are left out. */
export async function identifyTokens(
  client: GitlabClient,
  signal: AbortSignal,
): Promise<Identity & { readonly leader: number }> {
  const found: (Identity & { readonly leader: number; readonly token: TokenClient })[] = [];
  let refusal: unknown;
  for (const [leader, token] of (await client.tokens()).entries()) {
    try {
      found.push({ ...(await probe(token, signal)), leader, token });
    } catch (error) {
      if (!(error instanceof LoaderError && error.code === 'E_GITLAB_AUTH')) throw error;
      refusal = error;
    }
  }
  const leading = found.find(({ isAdmin }) => isAdmin) ?? found[0];
  if (leading === undefined) throw refusal;
  const { token, ...identity } = leading;
  token.lead();
  return identity;
}

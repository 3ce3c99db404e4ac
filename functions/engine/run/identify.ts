import { createHash } from 'node:crypto';

import { type Identity, probe } from '../extract/identity.ts';
import { keepIdentity, type KeptIdentity, readKeptIdentity } from '../state/keptIdentity.ts';
import { migrateState } from '../state/migrate.ts';
import type { RunContext } from './context.ts';

/** Whose token it is; the rest only where GitLab was asked just now. */
export type KnownIdentity = KeptIdentity & Partial<Pick<Identity, 'expiresAt'>>;

/** Brings the state up to date and tells whose token it is; a run that goes on with another's work does not ask again. */
export async function identify({
  settings,
  database,
  client,
  budget,
}: Pick<RunContext, 'settings' | 'database' | 'client' | 'budget'>): Promise<KnownIdentity> {
  const { dataset, gitlabToken, gitlabBaseUrl } = settings;
  const secret = await gitlabToken();
  const token = createHash('sha256').update(`${gitlabBaseUrl} ${secret}`).digest('hex');
  const kept = await readKeptIdentity(database, dataset, token);
  const identity = kept ?? (await probe(client, budget.signal));
  await migrateState(database, dataset);
  if (kept === undefined) await keepIdentity(database, dataset, token, identity);
  return identity;
}

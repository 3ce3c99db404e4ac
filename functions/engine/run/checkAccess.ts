import type { Settings } from '../config/settings.ts';
import { parseScope } from '../plan/scope.ts';
import { readRights } from '../state/rights.ts';
import { timeBudget } from './budget.ts';
import { identifyTokens } from './identify.ts';
import { openDatabase } from './openDatabase.ts';
import { openClient } from './openRun.ts';

const CHECK_SECONDS = 30;

/** What `check` found; a field that GitLab does not tell is null. */
export interface AccessFindings {
  readonly gitlab: string;
  readonly version: string | null;
  readonly user: string;
  readonly administrator: boolean;
  readonly scopes: string | null;
  readonly expires: string | null;
  readonly database: string;
  readonly databaseUser: string;
  readonly mayCreateSchemas: boolean;
}

/** Asks GitLab and the database a few questions; throws the first thing that would make a run impossible. */
export async function checkAccess(
  settings: Settings,
  {
    signal,
    now,
    random,
  }: { readonly signal: AbortSignal; readonly now: () => number; readonly random: () => number },
): Promise<AccessFindings> {
  parseScope(settings.gitlabScope);
  const client = await openClient(
    { settings, report: () => undefined, now, random },
    timeBudget(CHECK_SECONDS, { now, signal }),
  );
  const database = await openDatabase(settings, {
    applicationName: 'gitlab-alloydb/check',
    max: 1,
  }).catch((error: unknown) => {
    client.close();
    throw error;
  });
  try {
    const identity = await identifyTokens(client, signal);
    const rights = await readRights(database, settings.dataset);
    return {
      gitlab: settings.gitlabBaseUrl,
      version: identity.version ?? null,
      user: identity.username,
      administrator: identity.isAdmin,
      scopes: identity.scopes?.join(' ') ?? null,
      expires: identity.expiresAt ?? null,
      ...rights,
    };
  } finally {
    client.close();
    await database.close();
  }
}

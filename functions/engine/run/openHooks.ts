import type { Environment, GitlabSettings } from '../config/settings.ts';
import { findWebhookSecrets } from '../config/webhookSettings.ts';
import type { GitlabClient } from '../extract/client.ts';
import { type HookSecrets } from '../extract/hookRequests.ts';
import type { Identity } from '../extract/identity.ts';
import { listObjects } from '../extract/listObjects.ts';
import { LoaderError } from '../model/errors.ts';
import type { HookCandidate } from '../model/hook.ts';
import type { JsonValue } from '../model/json.ts';
import { hookPlaces, type SeenTree } from '../plan/hookPlaces.ts';
import { parseScope } from '../plan/scope.ts';
import { timeBudget } from './budget.ts';
import type { CheckEntrance } from './checkAccess.ts';
import { identifyTokens } from './identify.ts';
import { openClient } from './openRun.ts';

/** What the work on webhooks shares. */
export interface OpenHooks {
  readonly client: GitlabClient;
  readonly identity: Identity;
  /** The address that webhooks are sent to. */
  readonly url: string;
  readonly tree: SeenTree;
  readonly candidates: readonly HookCandidate[];
  readonly signal: AbortSignal;
}

/** Whether GitLab is changed, or only asked. */
export type HookAccess = 'read' | 'write';

/**
 * Finds out where webhooks belong, and does the work with that. Throws before anything is sent when WEBHOOK_URL is not
 * set, and before anything is changed when the token may not.
 */
export async function withHooks<T>(
  settings: GitlabSettings,
  { access, ...entrance }: CheckEntrance & { readonly access: HookAccess },
  work: (hooks: OpenHooks) => Promise<T>,
): Promise<T> {
  const { webhookUrl: url } = settings;
  if (url === '')
    throw new LoaderError(
      'E_CONFIG',
      'WEBHOOK_URL is not set: the public address of the function receive.',
    );
  const scope = parseScope(settings.gitlabScope);
  const { signal } = entrance;
  const budget = timeBudget(settings.timeBudgetSeconds || undefined, entrance);
  const client = await openClient({ settings, report: () => undefined, ...entrance }, budget);
  try {
    const identity = await identifyTokens(client, signal);
    if (access === 'write') requireWritingScope(identity);
    const tree = await seenTree(client, identity, signal);
    const ofInstance: readonly HookCandidate[] = mayHaveSystemHooks(settings, identity)
      ? [{ place: { kind: 'system' }, below: [] }]
      : [];
    const candidates = [...ofInstance, ...hookPlaces(tree, scope)];
    return await work({ client, identity, url, tree, candidates, signal });
  } finally {
    client.close();
  }
}

/** The newest of the secrets that the receiver knows. */
export async function hookSecrets(environment: Environment): Promise<HookSecrets> {
  const problems: string[] = [];
  const read = findWebhookSecrets(environment, problems);
  if (read === undefined || problems.length > 0)
    throw new LoaderError('E_CONFIG', `Invalid configuration: ${problems.join('; ')}.`);
  const { tokens, signingKeys } = await read();
  const [key] = signingKeys;
  return {
    token: tokens[0],
    signingToken: key === undefined ? undefined : `whsec_${Buffer.from(key).toString('base64')}`,
  };
}

function requireWritingScope({ username, scopes }: Identity): void {
  if (scopes === undefined || scopes.includes('api')) return;
  throw new LoaderError(
    'E_GITLAB_AUTH',
    `The token of '${username}' may only read: webhooks are registered with the scope 'api', which nothing else needs.`,
  );
}

/** The instance of others has none that we may set. */
function mayHaveSystemHooks(
  { gitlabBaseUrl, gitlabScope }: GitlabSettings,
  { isAdmin }: Identity,
): boolean {
  return isAdmin && gitlabScope === '' && new URL(gitlabBaseUrl).hostname !== 'gitlab.com';
}

async function seenTree(
  client: GitlabClient,
  { isAdmin }: Identity,
  signal: AbortSignal,
): Promise<SeenTree> {
  const whose = isAdmin ? '' : '&membership=true';
  const groups = await listObjects(client, '/groups?order_by=id&sort=asc', { signal });
  const projects = await listObjects(
    client,
    `/projects?archived=false&order_by=id&sort=asc&pagination=keyset${whose}`,
    { signal },
  );
  return {
    groups: (groups ?? []).map((group) => ({
      id: Number(group['id']),
      parentId: typeof group['parent_id'] === 'number' ? group['parent_id'] : undefined,
      path: textOf(group['full_path']),
    })),
    projects: (projects ?? []).map((project) => ({
      id: Number(project['id']),
      path: textOf(project['path_with_namespace']),
    })),
  };
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

import type { Environment, GitlabSettings } from '../config/settings.ts';
import { type HookSecrets, listHooks, putHook } from '../extract/hookRequests.ts';
import { LoaderError } from '../model/errors.ts';
import { type Hook, type HookCandidate, type HookPlace, placeName } from '../model/hook.ts';
import type { CheckEntrance } from './checkAccess.ts';
import { hookSecrets, type OpenHooks, withHooks } from './openHooks.ts';

/** What became of one place. */
export interface InstalledHook {
  readonly place: string;
  readonly outcome: 'created' | 'updated' | 'would create' | 'would update' | 'refused';
  readonly id: number | null;
  /** Why, or what a person should know. */
  readonly note: string | null;
}

/** What `hooks install` runs with. */
export interface InstallEntrance extends CheckEntrance {
  readonly environment: Environment;
  /** `dry`: GitLab is only asked. */
  readonly mode: 'install' | 'dry';
}

/**
 * Registers one webhook in each place, the widest that the token may. One that has our address already is brought in order,
 * secrets included, so that doing it again changes nothing.
 */
export async function installHooks(
  settings: GitlabSettings,
  { environment, mode, ...entrance }: InstallEntrance,
): Promise<readonly InstalledHook[]> {
  const secrets = await hookSecrets(environment);
  const access = mode === 'dry' ? 'read' : 'write';
  return withHooks(settings, { ...entrance, access }, async (hooks) => {
    const done: InstalledHook[] = [];
    for (const candidate of hooks.candidates)
      done.push(...(await installIn(candidate, { hooks, secrets, mode })));
    return done;
  });
}

interface Installing {
  readonly hooks: OpenHooks;
  readonly secrets: HookSecrets;
  readonly mode: InstallEntrance['mode'];
}

async function installIn(
  { place, below }: HookCandidate,
  installing: Installing,
): Promise<readonly InstalledHook[]> {
  const { client, url, signal } = installing.hooks;
  const known = await listHooks(client, place, signal);
  if (known === undefined) return installBelow(place, below, installing);
  return [
    await installOne(
      place,
      known.filter((hook) => hook.url === url),
      installing,
    ),
  ];
}

async function installOne(
  place: HookPlace,
  [hook, ...others]: readonly Hook[],
  installing: Installing,
): Promise<InstalledHook> {
  const [dry, done] =
    hook === undefined
      ? (['would create', 'created'] as const)
      : (['would update', 'updated'] as const);
  const note = others.length === 0 ? null : `${others.length.toString()} more have this address`;
  const found = { place: placeName(place), id: hook?.id ?? null, note };
  if (installing.mode === 'dry') return { ...found, outcome: dry };
  try {
    return { ...found, outcome: done, ...(await put(place, hook?.id, installing)) };
  } catch (error) {
    if (!(error instanceof LoaderError) || !isOfPlace(error)) throw error;
    return { ...found, outcome: 'refused', note: error.message };
  }
}

async function put(
  place: HookPlace,
  id: number | undefined,
  { hooks: { client, url }, secrets }: Installing,
): Promise<Partial<InstalledHook>> {
  const hook = await putHook(client, place, { url, id, ...secrets });
  const isUnsigned = secrets.signingToken !== undefined && !hook.isSigned;
  return { id: hook.id, ...(isUnsigned ? { note: 'this GitLab does not sign webhooks' } : {}) };
}

async function installBelow(
  place: HookPlace,
  below: readonly HookCandidate[],
  installing: Installing,
): Promise<readonly InstalledHook[]> {
  if (place.kind !== 'group')
    return [{ place: placeName(place), outcome: 'refused', id: null, note: NEEDS[place.kind] }];
  const done: InstalledHook[] = [];
  for (const candidate of below) done.push(...(await installIn(candidate, installing)));
  return done;
}

const NEEDS = {
  system: 'webhooks of the instance need an administrator, with admin mode where it is on',
  project: 'webhooks of a project need the role maintainer',
} as const;

/** One place that refuses does not keep the others from theirs. */
function isOfPlace({ code }: LoaderError): boolean {
  return code === 'E_GITLAB_FORBIDDEN' || code === 'E_REQUEST';
}

import { storedMembers } from '../load/lookups.ts';
import { LoaderError } from '../model/errors.ts';
import { type ResourceSpec, scopeOf } from '../model/resource.ts';
import { endRest, type LoadedMember, openGaps } from '../state/accessGaps.ts';
import type { RunContext } from './context.ts';
import { targetSource } from './destination.ts';

/** The stored projects or groups that are partitions of a resource. */
export interface Members {
  readonly admitted: readonly string[];
  /** Those that the scope leaves out or that have left GitLab's list. */
  readonly excluded: readonly string[];
  readonly loaded: readonly LoadedMember[];
}

/** Reads the members of a resource's scope as they are stored. */
export async function scopeMembers(context: RunContext, resource: ResourceSpec): Promise<Members> {
  const { resources, scope } = context;
  const wanted = scopeOf(resource);
  const discoverer = [...resources.values()].find(
    ({ discovers, on }) => on === 'schedule' && discovers?.scope === wanted,
  );
  if (discoverer === undefined) {
    throw new LoaderError(
      'E_REQUEST',
      `Nothing in the catalogue discovers the ${wanted}s of '${resource.id}'.`,
    );
  }
  const members = await storedMembers(targetSource(context), discoverer);
  const left = new Set(await openGaps(context.claims, discoverer.id));
  const keys = (isAdmitted: boolean): readonly string[] =>
    members
      .filter(({ id, path }) => (scope.admits(path) && !left.has(id)) === isAdmitted)
      .map(({ id }) => id);
  return { admitted: keys(true), excluded: keys(false), loaded: members };
}

/** Lets what GitLab refused be asked again where its project or group has changed since. */
export async function endRestOfChanged(
  { claims }: RunContext,
  resource: ResourceSpec,
  { loaded }: Members,
): Promise<void> {
  if (loaded.length === 0 || (await openGaps(claims, resource.id)).length === 0) return;
  await endRest(claims, resource.id, loaded);
}

/** Throws when GITLAB_SCOPE admits nothing that the token can see: a misspelt scope must not look like success. */
export async function requireMembers(context: RunContext): Promise<void> {
  const { resources, scope } = context;
  if (scope.text === '') return;
  for (const discoverer of resources.values()) {
    if (discoverer.discovers === undefined || discoverer.on === 'demand') continue;
    const members = await storedMembers(targetSource(context), discoverer);
    if (members.some(({ path }) => scope.admits(path))) return;
  }
  throw new LoaderError(
    'E_SCOPE',
    `GITLAB_SCOPE: '${scope.text}' matches no project and no group that the token can see.`,
  );
}

import { type Catalog, parentsOf, selectResources } from '../catalog/selection.ts';
import { type ResourceSpec, scopeOf } from '../model/resource.ts';
import type { RunRequest } from '../model/run.ts';

/** What a run loads, and what it leaves out because the token is not an administrator's. */
export interface Choice {
  readonly resources: readonly ResourceSpec[];
  readonly adminOnly: readonly ResourceSpec[];
}

/**
 * The resources that a request asks for, with those parents that have never been loaded: a child needs them.
 * Resources that only an administrator may read are chosen for an administrator's token alone.
 */
export function chooseResources(
  catalog: Catalog,
  request: RunRequest,
  { isAdmin, complete }: { readonly isAdmin: boolean; readonly complete: ReadonlySet<string> },
): Choice {
  const chosen = selectResources(catalog, request).filter((resource) =>
    hasPartition(resource, request),
  );
  for (const resource of chosen) {
    for (const parent of parentsOf(resource, catalog)) {
      if (!complete.has(parent.id) && !chosen.includes(parent)) chosen.push(parent);
    }
  }
  return {
    resources: chosen.filter(({ access }) => isAdmin || access === 'any'),
    adminOnly: chosen.filter(({ access }) => !isAdmin && access === 'admin'),
  };
}

/** A project's or group's id names no partition of the resources that the instance has once. */
function hasPartition(resource: ResourceSpec, { partition }: RunRequest): boolean {
  return partition === undefined || (partition === '') === (scopeOf(resource) === 'instance');
}

import { type Catalog, parentsOf, selectResources } from '../catalog/selection.ts';
import { type ResourceSpec, scopeOf } from '../model/resource.ts';
import type { RunRequest } from '../model/run.ts';
import type { ResourceFilter } from './resources.ts';

/** What a run loads, and what it leaves out because the token is not an administrator's. */
export interface Choice {
  readonly resources: readonly ResourceSpec[];
  readonly adminOnly: readonly ResourceSpec[];
}

/** What a choice depends on beside the request. */
export interface Circumstances {
  readonly isAdmin: boolean;
  /** Resources that were once loaded to their end. */
  readonly complete: ReadonlySet<string>;
  /** What RESOURCES admits, unless the request names resources; everything where it is absent. */
  readonly filter?: ResourceFilter | undefined;
}

/**
 * The resources that a request asks for, with those parents that have never been loaded: a child needs them.
 * Resources that only an administrator may read are chosen for an administrator's token alone.
 */
export function chooseResources(
  catalog: Catalog,
  request: RunRequest,
  { isAdmin, complete, filter }: Circumstances,
): Choice {
  const selected = selectResources(catalog, request);
  const admitted =
    request.resources === undefined && filter !== undefined
      ? admittedOf(selected, catalog, filter)
      : selected;
  const chosen = admitted.filter((resource) => hasPartition(resource, request));
  for (const resource of chosen) {
    for (const parent of parentsOf(resource, catalog)) {
      if (isNeeded(parent, complete) && !chosen.includes(parent)) chosen.push(parent);
    }
  }
  return {
    resources: chosen.filter(({ access }) => isAdmin || access === 'any'),
    adminOnly: chosen.filter(({ access }) => !isAdmin && access === 'admin'),
  };
}

/** Those that only follow what another resource has read first are never needed themselves. */
function isNeeded({ id, cursor }: ResourceSpec, complete: ReadonlySet<string>): boolean {
  const follows = cursor.kind === 'walking' && cursor.begins === 'as-of';
  return !follows && !complete.has(id);
}

/** The resources that RESOURCES names, with those among the selected that their rows are found by. */
function admittedOf(
  selected: readonly ResourceSpec[],
  catalog: Catalog,
  { judge }: ResourceFilter,
): readonly ResourceSpec[] {
  const admitted = new Set(selected.filter((resource) => judge(resource) === 'named'));
  for (const resource of admitted) {
    for (const parent of finders(resource, catalog)) {
      if (selected.includes(parent) && judge(parent) !== 'excluded') admitted.add(parent);
    }
  }
  return selected.filter((resource) => admitted.has(resource));
}

/** Discoverers and parents; tables that merely hold known values are no reason to load them. */
function finders(resource: ResourceSpec, catalog: Catalog): readonly ResourceSpec[] {
  const bindings = Object.values(resource.bind);
  return parentsOf(resource, catalog).filter(
    ({ id, discovers }) =>
      discovers !== undefined ||
      bindings.some((binding) => binding.from === 'parent' && binding.resource === id),
  );
}

/** A project's or group's id names no partition of the resources that the instance has once. */
function hasPartition(resource: ResourceSpec, { partition }: RunRequest): boolean {
  return partition === undefined || (partition === '') === (scopeOf(resource) === 'instance');
}

import { allResources, type Catalog } from '../catalog/selection.ts';
import type { SampledPage } from '../extract/sample.ts';
import { isJsonObject } from '../model/json.ts';
import type { Target } from '../model/position.ts';
import type { ResourceSpec, Scope } from '../model/resource.ts';
import type { ScopeFilter } from '../plan/scope.ts';

/** The members of a scope as the first page of their list shows them. */
export interface SampledMembers {
  /** How many GITLAB_SCOPE admits, as far as the page tells. */
  readonly count: number;
  /** Some of those that it admits: their id and full path. */
  readonly some: readonly Target[];
}

const MOST_SAMPLED = 2;

/** The resource that lists the members of a scope. */
export function discovererOf(catalog: Catalog, scope: Scope): ResourceSpec | undefined {
  return allResources(catalog).find(
    ({ discovers, on }) => on === 'schedule' && discovers?.scope === scope,
  );
}

/** Reads members out of a page: one from its beginning and one from its middle stand for all. */
export function sampledMembers(
  page: SampledPage | undefined,
  { discovers }: ResourceSpec,
  scope: ScopeFilter,
): SampledMembers {
  const field = discovers?.pathField ?? '';
  const members = (page?.records ?? []).flatMap((record) => {
    if (!isJsonObject(record)) return [];
    const { id, [field]: path } = record;
    return typeof id === 'number' && typeof path === 'string' ? [{ id, path }] : [];
  });
  const admitted = members.filter(({ path }) => scope.admits(path));
  const share = members.length === 0 ? 0 : admitted.length / members.length;
  const places = [0, Math.floor(admitted.length / 2)].slice(0, MOST_SAMPLED);
  const chosen = [...new Set(places)].flatMap((place) => admitted[place] ?? []);
  return {
    count: Math.round((page?.rows ?? 0) * share),
    some: chosen.map(({ id, path }) => ({ id, full_path: path })),
  };
}

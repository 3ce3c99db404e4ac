import { LoaderError } from '../model/errors.ts';
import { type Family, type ResourceSpec, scopeOf } from '../model/resource.ts';

/** All families by their id. */
export type Catalog = Readonly<Record<string, Family>>;

/** Every resource, in the order in which families and resources are written down. */
export function allResources(catalog: Catalog): readonly ResourceSpec[] {
  return Object.values(catalog).flatMap((family) => Object.values(family.resources));
}

/** The resources that a request names, or every scheduled one; refuses unknown names with the nearest known. */
export function selectResources(
  catalog: Catalog,
  {
    families,
    resources,
  }: { readonly families?: readonly string[]; readonly resources?: readonly string[] },
): readonly ResourceSpec[] {
  const all = allResources(catalog);
  for (const name of families ?? []) requireKnown('family', name, Object.keys(catalog));
  for (const name of resources ?? []) {
    requireKnown(
      'resource',
      name,
      all.map(({ id }) => id),
    );
  }
  if (families === undefined && resources === undefined) {
    return all.filter(({ on }) => on === 'schedule');
  }
  return all.filter(
    (resource) =>
      resources?.includes(resource.id) === true ||
      (families?.includes(resource.family) === true && resource.on === 'schedule'),
  );
}

function requireKnown(kind: string, name: string, knownNames: readonly string[]): void {
  if (knownNames.includes(name)) return;
  const near = knownNames.filter((known) => known.includes(name) || name.includes(known));
  const hint = near.length > 0 ? near : knownNames;
  throw new LoaderError(
    'E_REQUEST',
    `There is no ${kind} named '${name}'; known: ${hint.join(', ')}.`,
  );
}

/** The resources that must have been loaded before `resource` can be: discoverers of its scope, parents, known tables. */
export function parentsOf(resource: ResourceSpec, catalog: Catalog): readonly ResourceSpec[] {
  const scope = scopeOf(resource);
  const bindings = Object.values(resource.bind);
  return allResources(catalog).filter((candidate) => {
    if (candidate.on === 'demand' || candidate.id === resource.id) return false;
    if (scope !== 'instance' && candidate.discovers?.scope === scope) return true;
    return bindings.some(
      (binding) =>
        (binding.from === 'parent' && binding.resource === candidate.id) ||
        (binding.from === 'known' &&
          binding.columns.some(({ table }) => table === candidate.table)),
    );
  });
}

/** Groups resources so that every resource stands in a later group than its parents. Throws on a cycle. */
export function inParentOrder(
  resources: readonly ResourceSpec[],
  catalog: Catalog,
): readonly (readonly ResourceSpec[])[] {
  const levels: ResourceSpec[][] = [];
  const placed = new Set<string>();
  let rest = [...resources];
  while (rest.length > 0) {
    const waiting = new Set(rest.map(({ id }) => id));
    const level = rest.filter((resource) =>
      parentsOf(resource, catalog).every(({ id }) => placed.has(id) || !waiting.has(id)),
    );
    if (level.length === 0) {
      throw new LoaderError(
        'E_REQUEST',
        `The parents of '${[...waiting].join("', '")}' form a cycle.`,
      );
    }
    for (const { id } of level) placed.add(id);
    levels.push(level);
    rest = rest.filter(({ id }) => !placed.has(id));
  }
  return levels;
}

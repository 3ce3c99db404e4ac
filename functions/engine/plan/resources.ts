import picomatch from 'picomatch';

import { allResources, type Catalog } from '../catalog/selection.ts';
import { LoaderError } from '../model/errors.ts';
import type { ResourceSpec } from '../model/resource.ts';

/** Which resources RESOURCES admits. */
export interface ResourceFilter {
  /** `named`: a glob admits it. `excluded`: a glob with `!` keeps it out. */
  readonly judge: (resource: ResourceSpec) => 'named' | 'excluded' | 'not named';
  /** The globs as they were written, without `!`. */
  readonly globs: readonly string[];
}

/** Reads comma-separated globs over `resource` and `family/resource`; `!` excludes. Empty admits everything. */
export function parseResources(text: string): ResourceFilter {
  const written = text.split(',').map((glob) => glob.trim());
  const globs = written.filter((glob) => glob !== '');
  const excluded = globs.filter((glob) => glob.startsWith('!')).map((glob) => glob.slice(1));
  const included = globs.filter((glob) => !glob.startsWith('!'));
  const names = included.length > 0 ? matcherOf(included) : () => true;
  const excludes = matcherOf(excluded);
  return {
    judge: (resource) => {
      if (excludes(resource)) return 'excluded';
      return names(resource) ? 'named' : 'not named';
    },
    globs: [...included, ...excluded],
  };
}

/** Throws E_CONFIG for a glob that no resource of the whole catalogue matches. */
export function requireKnownGlobs({ globs }: ResourceFilter, catalog: Catalog): void {
  const all = allResources(catalog);
  const unknown = globs.find((glob) => !all.some(matcherOf([glob])));
  if (unknown === undefined) return;
  throw new LoaderError(
    'E_CONFIG',
    `RESOURCES: '${unknown}' matches no resource; expected for example 'issues/*,jobs,!*_notes'.`,
  );
}

function matcherOf(globs: readonly string[]): (resource: ResourceSpec) => boolean {
  const matches = globs.map((glob) => ({ glob, test: picomatch(glob) }));
  return ({ id, family }) =>
    matches.some(({ glob, test }) => test(glob.includes('/') ? `${family}/${id}` : id));
}

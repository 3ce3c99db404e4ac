import type { HookCandidate } from '../model/hook.ts';
import type { ScopeFilter } from './scope.ts';

/** A group that the token sees. */
export interface SeenGroup {
  readonly id: number;
  readonly parentId: number | undefined;
  readonly path: string;
}

/** A project that the token sees. */
export interface SeenProject {
  readonly id: number;
  readonly path: string;
}

/** What the token sees. */
export interface SeenTree {
  readonly groups: readonly SeenGroup[];
  readonly projects: readonly SeenProject[];
}

/**
 * Chooses where webhooks cover everything that the scope admits, and nothing else: a group whose projects are all in it,
 * else its subgroups and projects.
 */
export function hookPlaces(tree: SeenTree, scope: ScopeFilter): readonly HookCandidate[] {
  const ids = new Set(tree.groups.map(({ id }) => id));
  const isTop = ({ parentId }: SeenGroup): boolean => parentId === undefined || !ids.has(parentId);
  const alone = tree.projects.filter(({ path }) => groupOf(tree, path) === undefined);
  return [
    ...tree.groups.filter(isTop).flatMap((group) => groupPlaces(group, tree, scope)),
    ...projectPlaces(alone, scope),
  ];
}

/** The projects of a group and of the groups below it. */
export function projectsBelow(
  { projects }: Pick<SeenTree, 'projects'>,
  path: string,
): readonly SeenProject[] {
  return projects.filter((project) => project.path.startsWith(`${path}/`));
}

function groupPlaces(
  group: SeenGroup,
  tree: SeenTree,
  scope: ScopeFilter,
): readonly HookCandidate[] {
  const { id, path } = group;
  const children = tree.groups.filter(({ parentId }) => parentId === id);
  const own = tree.projects.filter((project) => groupOf(tree, project.path) === path);
  const below = [
    ...children.flatMap((child) => groupPlaces(child, tree, scope)),
    ...projectPlaces(own, scope),
  ];
  const all = projectsBelow(tree, path);
  const isWhole =
    scope.text === '' || (all.length > 0 && all.every((project) => scope.admits(project.path)));
  return isWhole ? [{ place: { kind: 'group', id, path }, below }] : below;
}

function projectPlaces(
  projects: readonly SeenProject[],
  scope: ScopeFilter,
): readonly HookCandidate[] {
  return projects
    .filter(({ path }) => scope.admits(path))
    .map(({ id, path }) => ({ place: { kind: 'project' as const, id, path }, below: [] }));
}

/** The path of the group that a project is in, where the token sees the group. */
function groupOf({ groups }: SeenTree, projectPath: string): string | undefined {
  const parent = projectPath.slice(0, projectPath.lastIndexOf('/'));
  return groups.find(({ path }) => path === parent)?.path;
}

import type { PushRight } from './world/branches.ts';
import { selfAndAncestors } from './world/groups.ts';
import {
  type Group,
  type Project,
  remember,
  type User,
  type Who,
  type World,
} from './world/model.ts';

/** Who asks, and with which rights. */
export interface Viewer {
  readonly who: Who;
  readonly user: User;
  readonly token: string;
}

/** Who reads an object, and whether custom attributes were asked for. */
export interface Reader {
  readonly who: Who;
  readonly attributes: 'with' | 'without';
}

/** GitLab's access levels. */
export const ROLE = { guest: 10, reporter: 20, developer: 30, maintainer: 40, owner: 50 } as const;

/** The reader's access level in a group; 0 without membership. */
export function groupRole(world: World, who: Who, group: Group): number {
  if (who === 'admin') return ROLE.owner;
  const roles = selfAndAncestors(world, group.id).map(({ id }) => world.groupRoles.get(id) ?? 0);
  return Math.max(0, ...roles);
}

/** The reader's access level in a project; 0 without membership. */
export function projectRole(world: World, who: Who, project: Project): number {
  if (who === 'admin') return ROLE.owner;
  const group = world.groups.get(project.groupId);
  const inherited = group === undefined ? 0 : groupRole(world, who, group);
  return Math.max(world.projectRoles.get(project.id) ?? 0, inherited);
}

/** The projects that the reader may see, ids ascending. */
export function visibleProjects(world: World, who: Who): readonly Project[] {
  return remember(world, `projects of ${who}`, () =>
    [...world.projects.values()].filter((project) => projectRole(world, who, project) > 0),
  );
}

/** The groups that the reader may see, ids ascending: those with a role and all above a visible project. */
export function visibleGroups(world: World, who: Who): readonly Group[] {
  return remember(world, `groups of ${who}`, () => {
    const above = new Set(
      visibleProjects(world, who).flatMap((project) => selfAndAncestors(world, project.groupId)),
    );
    return [...world.groups.values()].filter(
      (group) => above.has(group) || groupRole(world, who, group) > 0,
    );
  });
}

/** Whether the reader may push to the project's branches. */
export function pushRight(world: World, who: Who, project: Project): PushRight {
  return projectRole(world, who, project) >= ROLE.developer ? 'can push' : 'read only';
}

import { ROLE } from '../access.ts';
import {
  type Context,
  groupOf,
  integerParameter,
  projectOf,
  requireGroupRole,
  requireProjectRole,
} from '../context.ts';
import type { JsonObject } from '../json.ts';
import { valuesPage } from '../pagination.ts';
import { json, refuse, reject, type Reply } from '../reply.ts';
import { selfAndAncestors } from '../world/groups.ts';
import type { Badge, Group, Project, World } from '../world/model.ts';
import {
  accessRequester,
  badgeDetails,
  badgeObject,
  type OwnedBadge,
  projectForGroup,
} from '../world/ownership.ts';

/** The badges that a project shows: its own and those of all groups above it, by id. */
export function badgesOfProject(world: World, project: Project): readonly OwnedBadge[] {
  const inherited = selfAndAncestors(world, project.groupId).flatMap(({ badges }) => badges);
  return [
    ...inherited.map((badge) => ({ badge, kind: 'group' }) as const),
    ...project.badges.map((badge) => ({ badge, kind: 'project' }) as const),
  ].sort((one, other) => one.badge.id - other.badge.id);
}

/** The badges of a group, rendered for its oldest project. */
export function groupBadgeObjects(world: World, group: Group): readonly JsonObject[] {
  const project = projectForGroup(world, group);
  return group.badges.map((badge) => badgeObject(world, { badge, kind: 'group' }, project));
}

/** The badges that a project lists, rendered for it. */
export function projectBadgeObjects(world: World, project: Project): readonly JsonObject[] {
  return badgesOfProject(world, project).map((owned) => badgeObject(world, owned, project));
}

/** Badges of a group. */
export function listGroupBadges(context: Context): Reply {
  return valuesPage(context, named(context, groupBadgeObjects(context.world, groupOf(context))));
}

/** One badge of a group. */
export function showGroupBadge(context: Context): Reply {
  return one(context, groupBadgeObjects(context.world, groupOf(context)));
}

/** A preview of a group's badge; owners only. */
export function renderGroupBadge(context: Context): Reply {
  const group = groupOf(context);
  requireGroupRole(context, group, ROLE.owner);
  return json(badgeDetails(context.world, preview(context), projectForGroup(context.world, group)));
}

/** Badges of a project and of the groups above it. */
export function listProjectBadges(context: Context): Reply {
  return valuesPage(
    context,
    named(context, projectBadgeObjects(context.world, projectOf(context))),
  );
}

/** One badge of a project. */
export function showProjectBadge(context: Context): Reply {
  return one(context, projectBadgeObjects(context.world, projectOf(context)));
}

/** A preview of a project's badge; maintainers only. */
export function renderProjectBadge(context: Context): Reply {
  const project = projectOf(context);
  requireProjectRole(context, project, ROLE.maintainer);
  return json(badgeDetails(context.world, preview(context), project));
}

/** Requests to join a group; owners only. */
export function listGroupAccessRequests(context: Context): Reply {
  const group = groupOf(context);
  requireGroupRole(context, group, ROLE.owner);
  return requesters(context, group);
}

/** Requests to join a project; maintainers only. */
export function listProjectAccessRequests(context: Context): Reply {
  const project = projectOf(context);
  requireProjectRole(context, project, ROLE.maintainer);
  return requesters(context, project);
}

function requesters(context: Context, { accessRequests }: Pick<Group, 'accessRequests'>): Reply {
  const reader = context.viewer.who === 'admin' ? 'admin' : 'other';
  return valuesPage(
    context,
    accessRequests.map((request) => accessRequester(context.world, request, reader)),
  );
}

function named(context: Context, badges: readonly JsonObject[]): readonly JsonObject[] {
  const name = context.query.get('name');
  return name === null ? badges : badges.filter((badge) => badge['name'] === name);
}

function one(context: Context, badges: readonly JsonObject[]): Reply {
  const id = integerParameter(context, 'badge_id');
  const badge = badges.find((candidate) => candidate['id'] === id);
  if (badge === undefined) throw refuse(404, '404 Badge Not Found');
  return json(badge);
}

function preview(context: Context): Pick<Badge, 'name' | 'linkUrl' | 'imageUrl'> {
  const linkUrl = context.query.get('link_url');
  const imageUrl = context.query.get('image_url');
  const missing = [
    linkUrl === null ? ['link_url is missing'] : [],
    imageUrl === null ? ['image_url is missing'] : [],
  ].flat();
  if (linkUrl === null || imageUrl === null) throw reject(400, missing.join(', '));
  return { name: null, linkUrl, imageUrl };
}

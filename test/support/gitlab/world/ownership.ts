import type { Json, JsonObject } from '../json.ts';
import { type Random, randomOf } from '../random.ts';
import { DAY, utc } from '../time.ts';
import {
  type AccessRequest,
  type Badge,
  type Beginning,
  type CustomAttribute,
  existing,
  type Group,
  type Project,
  type World,
} from './model.ts';
import { basicUser } from './users.ts';

const BADGES = [
  { name: 'Pipeline', link: 'pipelines', image: 'badges/%{default_branch}/pipeline.svg' },
  {
    name: 'Coverage ✅',
    link: 'graphs/%{default_branch}/charts',
    image: 'badges/%{default_branch}/coverage.svg',
  },
  { name: null, link: 'releases', image: 'badges/release.svg' },
  { name: 'Pipeline', link: 'pipelines', image: 'badges/%{default_branch}/pipeline.svg' },
] as const;

/** Requests of distinct users, oldest first. */
export function makeAccessRequests(
  { users, now }: Beginning,
  random: Random,
  count: number,
): readonly AccessRequest[] {
  const start = random.integer(3, Math.max(3, users.length - 4));
  return users
    .slice(start, start + count)
    .map((user, index) => ({ userId: user.id, requestedAt: now - (20 - index) * DAY }));
}

/** The owner of new badges: its kind and its position among its kind. */
export interface BadgeOwner {
  readonly kind: 'group' | 'project';
  readonly number: number;
}

/** The badges of one owner; a fourth badge repeats the first one's addresses. */
export function makeBadges(seed: number, owner: BadgeOwner, count: number): readonly Badge[] {
  const { kind, number } = owner;
  const random = randomOf(seed, 'badges', kind, number);
  const first = (kind === 'group' ? 500 : 10_000) + number * 5;
  return BADGES.slice(0, count).map((plan, index) => ({
    id: first + index,
    name: plan.name,
    linkUrl: `https://ci.acme.example/%{project_path}/-/${plan.link}?o=${kind}`,
    imageUrl: random.chance(0.1)
      ? 'https://shields.example/static.svg'
      : `https://ci.acme.example/%{project_path}/${plan.image}?o=${kind}`,
  }));
}

/** The request as JSON; only administrators see the requester's custom attributes. */
export function accessRequester(
  world: World,
  request: AccessRequest,
  reader: 'admin' | 'other',
): JsonObject {
  const user = existing(world.users, request.userId);
  const attributes =
    reader === 'admin' ? { custom_attributes: attributeList(user.customAttributes) } : {};
  return { ...basicUser(world, user), ...attributes, requested_at: utc(request.requestedAt) };
}

/** Custom attributes as JSON. */
export function attributeList(attributes: readonly CustomAttribute[]): readonly JsonObject[] {
  return attributes.map(({ key, value }) => ({ key, value }));
}

/** A badge together with the kind of its owner. */
export interface OwnedBadge {
  readonly badge: Badge;
  readonly kind: 'group' | 'project';
}

/** The badge as its owner's list shows it, rendered for `project` when there is one. */
export function badgeObject(
  world: World,
  { badge, kind }: OwnedBadge,
  project: Project | undefined,
): JsonObject {
  return { ...badgeDetails(world, badge, project), id: badge.id, kind };
}

/** The badge without identity, as the render endpoints answer. */
export function badgeDetails(
  world: World,
  badge: Pick<Badge, 'name' | 'linkUrl' | 'imageUrl'>,
  project: Project | undefined,
): Readonly<
  Record<'name' | 'link_url' | 'image_url' | 'rendered_link_url' | 'rendered_image_url', Json>
> {
  return {
    name: badge.name,
    link_url: badge.linkUrl,
    image_url: badge.imageUrl,
    rendered_link_url: render(world, badge.linkUrl, project),
    rendered_image_url: render(world, badge.imageUrl, project),
  };
}

/** The project's path with its groups'. */
export function projectPath(world: World, project: Project): string {
  return `${existing(world.groups, project.groupId).fullPath}/${project.path}`;
}

/** The project that a group's own list renders its badges for: the oldest one inside it. */
export function projectForGroup(world: World, group: Group): Project | undefined {
  for (const project of world.projects.values()) {
    const path = existing(world.groups, project.groupId).fullPath;
    if (path === group.fullPath || path.startsWith(`${group.fullPath}/`)) return project;
  }
  return undefined;
}

function render(world: World, template: string, project: Project | undefined): string {
  if (project === undefined) return template;
  const values: Readonly<Record<string, string>> = {
    project_path: projectPath(world, project),
    project_title: project.name,
    project_name: project.path,
    project_id: String(project.id),
    project_namespace: existing(world.groups, project.groupId).fullPath,
    default_branch: project.defaultBranch ?? '',
    gitlab_server: new URL(world.webUrl).host,
  };
  return template.replaceAll(/%\{(\w+)\}/gu, (whole, name: string) => values[name] ?? whole);
}

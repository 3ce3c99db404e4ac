import type { JsonObject } from '../json.ts';
import { randomOf } from '../random.ts';
import { DAY, utc } from '../time.ts';
import { type Beginning, existing, type Group, perObject, type World } from './model.ts';
import { makeAccessRequests, makeBadges } from './ownership.ts';

interface GroupPlan {
  readonly path: string;
  readonly name: string;
  readonly parent?: string;
  /** The member's own role in it. */
  readonly role?: number;
}

const REQUESTS = [2, 0, 1] as const;
const BADGES = [2, 0, 2, 1, 2, 0] as const;

/** The company's groups, parents first. */
export const GROUP_PLANS: readonly GroupPlan[] = [
  { path: 'acme', name: 'Acme' },
  { path: 'acme/platform', name: 'Platform', parent: 'acme' },
  { path: 'acme/platform/infra', name: 'Infrastructure', parent: 'acme/platform', role: 40 },
  { path: 'acme/platform/data', name: 'Data 📊', parent: 'acme/platform' },
  { path: 'acme/web', name: 'Web', parent: 'acme', role: 30 },
  { path: 'acme/web/design-system', name: 'Design System 🎨', parent: 'acme/web' },
  { path: 'acme/mobile', name: 'Mobile', parent: 'acme', role: 10 },
  { path: 'acme/archive', name: 'Archive', parent: 'acme' },
  { path: 'labs', name: 'Labs 🧪' },
  { path: 'labs/ml', name: 'Machine Learning', parent: 'labs', role: 50 },
  { path: 'labs/recherche', name: 'Recherche & Développement', parent: 'labs' },
  { path: 'customers', name: 'Customers' },
];

/** The groups of the plans, ids ascending. */
export function makeGroups(beginning: Beginning): Map<number, Group> {
  const { size, now } = beginning;
  const byPath = new Map<string, Group>();
  for (const [index, plan] of GROUP_PLANS.entries()) {
    const parent = plan.parent === undefined ? undefined : existing(byPath, plan.parent);
    const random = randomOf(size.seed, 'group', index);
    byPath.set(plan.path, {
      ...placeOf(plan, parent),
      id: 101 + index * 7,
      description: index % 3 === 0 ? `Everything about ${plan.name}.` : '',
      visibility: index % 4 === 0 ? 'internal' : 'private',
      createdAt: now - (1400 - index * 30) * DAY,
      customAttributes: index % 2 === 0 ? [{ key: 'budget', value: `B${String(index)}` }] : [],
      accessRequests: makeAccessRequests(beginning, random, REQUESTS[index % 3] ?? 0),
      badges: makeBadges(size.seed, { kind: 'group', number: index }, BADGES[index % 6] ?? 0),
    });
  }
  return new Map([...byPath.values()].map((group) => [group.id, group]));
}

function placeOf(
  { path, name }: GroupPlan,
  parent: Group | undefined,
): Pick<Group, 'parentId' | 'name' | 'path' | 'fullName' | 'fullPath'> {
  return {
    parentId: parent?.id ?? null,
    name,
    path: path.split('/').at(-1) ?? path,
    fullName: parent === undefined ? name : `${parent.fullName} / ${name}`,
    fullPath: path,
  };
}

/** The group itself, its parent, and so on to the top. */
export function selfAndAncestors(world: World, groupId: number): readonly Group[] {
  const chain: Group[] = [];
  let group = world.groups.get(groupId);
  while (group !== undefined) {
    chain.push(group);
    group = group.parentId === null ? undefined : world.groups.get(group.parentId);
  }
  return chain;
}

/** The group as lists and single requests show it, without what depends on the reader. */
export const groupObject = perObject((world: World, group: Group): JsonObject => ({
  id: group.id,
  web_url: `${world.webUrl}/groups/${group.fullPath}`,
  name: group.name,
  path: group.path,
  description: group.description,
  visibility: group.visibility,
  share_with_group_lock: false,
  require_two_factor_authentication: group.parentId === null,
  two_factor_grace_period: 48,
  project_creation_level: 'developer',
  auto_devops_enabled: null,
  subgroup_creation_level: 'maintainer',
  emails_disabled: false,
  emails_enabled: true,
  mentions_disabled: null,
  lfs_enabled: true,
  archived: false,
  math_rendering_limits_enabled: true,
  lock_math_rendering_limits_enabled: false,
  default_branch: null,
  default_branch_protection: 2,
  default_branch_protection_defaults: {
    allowed_to_push: [{ access_level: 40 }],
    allow_force_push: false,
    allowed_to_merge: [{ access_level: 40 }],
    developer_can_initial_push: false,
  },
  avatar_url: null,
  request_access_enabled: true,
  full_name: group.fullName,
  full_path: group.fullPath,
  created_at: utc(group.createdAt),
  parent_id: group.parentId,
  organization_id: 1,
  shared_runners_setting: 'enabled',
  max_artifacts_size: null,
  ldap_cn: null,
  ldap_access: null,
  marked_for_deletion_on: null,
  wiki_access_level: 'enabled',
}));

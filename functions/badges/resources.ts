import { changedParents, each, of, parent } from '../engine/catalog/bindings.ts';
import { defineFamily } from '../engine/catalog/defineFamily.ts';

type Badge = { id: number; link_url: string; image_url: string };

/**
 * Badges of groups and projects. GitLab lists a group's badges under each of its projects too, rendered
 * for that project, so the owner is part of the key.
 */
export const badges = defineFamily('badges', {
  group_badges: {
    dueBy: 'activity',
    path: '/groups/{group_id}/badges',
    single: '/groups/{group_id}/badges/{id}',
    bind: { group_id: each('group') },
    table: 'api_entities_badge',
    record: of<Badge>(),
    primaryKey: ['group_id', 'id'],
    pagination: 'offset',
  },
  project_badges: {
    dueBy: 'activity',
    path: '/projects/{project_id}/badges',
    single: '/projects/{project_id}/badges/{id}',
    bind: { project_id: each('project') },
    table: 'api_entities_badge',
    record: of<Badge>(),
    primaryKey: ['project_id', 'id'],
    pagination: 'offset',
  },
  group_badge: {
    path: '/groups/{group_id}/badges/{badge_id}',
    bind: { group_id: each('group'), badge_id: parent('group_badges', 'id') },
    table: 'api_entities_badge',
    record: of<Badge>(),
    primaryKey: ['group_id', 'id'],
    on: 'demand',
  },
  project_badge: {
    path: '/projects/{project_id}/badges/{badge_id}',
    bind: { project_id: each('project'), badge_id: parent('project_badges', 'id') },
    table: 'api_entities_badge',
    record: of<Badge>(),
    primaryKey: ['project_id', 'id'],
    on: 'demand',
  },
  group_badge_renders: {
    path: '/groups/{group_id}/badges/render',
    bind: {
      group_id: each('group'),
      link_url: parent('group_badges', 'link_url'),
      image_url: parent('group_badges', 'image_url'),
    },
    query: { link_url: '{link_url}', image_url: '{image_url}' },
    table: 'api_entities_basic_badge_details',
    record: of<{ rendered_link_url: string; rendered_image_url: string }>(),
    primaryKey: ['group_id', 'link_url', 'image_url'],
    cursor: changedParents({}),
    on: 'demand',
  },
  project_badge_renders: {
    path: '/projects/{project_id}/badges/render',
    bind: {
      project_id: each('project'),
      link_url: parent('project_badges', 'link_url'),
      image_url: parent('project_badges', 'image_url'),
    },
    query: { link_url: '{link_url}', image_url: '{image_url}' },
    table: 'api_entities_basic_badge_details',
    record: of<{ rendered_link_url: string; rendered_image_url: string }>(),
    primaryKey: ['project_id', 'link_url', 'image_url'],
    cursor: changedParents({}),
    on: 'demand',
  },
});

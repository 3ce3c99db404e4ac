import { each, of } from '../engine/catalog/bindings.ts';
import { defineFamily } from '../engine/catalog/defineFamily.ts';

/** Members of projects and groups: those named there, and with `_all` those from groups above and shared groups too. */
export const members = defineFamily('members', {
  project_members: {
    path: '/projects/{project_id}/members',
    single: '/projects/{project_id}/members/{id}',
    bind: { project_id: each('project') },
    table: 'api_entities_member',
    record: of<{ id: number }>(),
    primaryKey: ['project_id', 'id'],
    pagination: 'offset',
    dueBy: 'activity',
  },
  project_members_all: {
    path: '/projects/{project_id}/members/all',
    single: '/projects/{project_id}/members/all/{id}',
    bind: { project_id: each('project') },
    table: 'api_entities_member_all',
    record: of<{ id: number }>(),
    primaryKey: ['project_id', 'id'],
    pagination: 'offset',
    dueBy: 'activity',
  },
  group_members: {
    path: '/groups/{group_id}/members',
    single: '/groups/{group_id}/members/{id}',
    bind: { group_id: each('group') },
    table: 'api_entities_member',
    record: of<{ id: number }>(),
    primaryKey: ['group_id', 'id'],
    pagination: 'offset',
    dueBy: 'activity',
  },
  group_members_all: {
    path: '/groups/{group_id}/members/all',
    single: '/groups/{group_id}/members/all/{id}',
    bind: { group_id: each('group') },
    table: 'api_entities_member_all',
    record: of<{ id: number }>(),
    primaryKey: ['group_id', 'id'],
    pagination: 'offset',
    dueBy: 'activity',
  },
});

import { each, of } from '../engine/catalog/bindings.ts';
import { defineFamily } from '../engine/catalog/defineFamily.ts';

/** Milestones of projects and groups, each where it was made. */
export const milestones = defineFamily('milestones', {
  project_milestones: {
    path: '/projects/{project_id}/milestones',
    single: '/projects/{project_id}/milestones/{id}',
    bind: { project_id: each('project') },
    table: 'api_entities_milestone',
    record: of<{ id: number }>(),
    primaryKey: ['project_id', 'id'],
    pagination: 'offset',
    dueBy: 'activity',
  },
  group_milestones: {
    path: '/groups/{group_id}/milestones',
    single: '/groups/{group_id}/milestones/{id}',
    bind: { group_id: each('group') },
    table: 'api_entities_milestone',
    record: of<{ id: number }>(),
    primaryKey: ['group_id', 'id'],
    pagination: 'offset',
    dueBy: 'activity',
  },
});

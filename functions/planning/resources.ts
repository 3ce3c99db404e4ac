import { each, of, walking } from '../engine/catalog/bindings.ts';
import { defineFamily } from '../engine/catalog/defineFamily.ts';

/** Boards of projects and groups; epics and iterations of groups, each where it was made. */
export const planning = defineFamily('planning', {
  project_boards: {
    path: '/projects/{project_id}/boards',
    single: '/projects/{project_id}/boards/{id}',
    bind: { project_id: each('project') },
    table: 'api_entities_board',
    record: of<{ id: number }>(),
    primaryKey: ['project_id', 'id'],
    pagination: 'offset',
    dueBy: 'activity',
  },
  group_boards: {
    path: '/groups/{group_id}/boards',
    single: '/groups/{group_id}/boards/{id}',
    bind: { group_id: each('group') },
    table: 'api_entities_board',
    record: of<{ id: number }>(),
    primaryKey: ['group_id', 'id'],
    pagination: 'offset',
    dueBy: 'activity',
  },
  epics: {
    path: '/groups/{group_id}/epics',
    single: '/groups/{group_id}/epics/{iid}',
    bind: { group_id: each('group') },
    query: {
      state: 'all',
      include_ancestor_groups: 'false',
      include_descendant_groups: 'false',
      order_by: 'updated_at',
      sort: 'asc',
    },
    table: 'api_entities_epic',
    record: of<{ id: number; iid: number; updated_at: string }>(),
    primaryKey: ['id'],
    pagination: 'offset',
    cursor: walking('updated_at', 'updated_after'),
    dueBy: 'activity',
    absent: {
      403: 'epics need GitLab Premium',
      404: 'epics need GitLab Premium',
    },
  },
  iterations: {
    path: '/groups/{group_id}/iterations',
    bind: { group_id: each('group') },
    query: { state: 'all', include_ancestors: 'false', include_descendants: 'false' },
    table: 'api_entities_iteration',
    record: of<{ id: number }>(),
    primaryKey: ['id'],
    pagination: 'offset',
    dueBy: 'activity',
    absent: {
      403: 'iterations need GitLab Premium',
      404: 'iterations need GitLab Premium',
    },
  },
});

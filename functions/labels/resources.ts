import { each, of } from '../engine/catalog/bindings.ts';
import { defineFamily } from '../engine/catalog/defineFamily.ts';

/** Labels of projects and groups, each where it was made: GitLab repeats a group's labels below it. */
export const labels = defineFamily('labels', {
  project_labels: {
    path: '/projects/{project_id}/labels',
    single: '/projects/{project_id}/labels/{id}',
    bind: { project_id: each('project') },
    query: { include_ancestor_groups: 'false', with_counts: 'true' },
    table: 'api_entities_label',
    record: of<{ id: number }>(),
    primaryKey: ['project_id', 'id'],
    pagination: 'offset',
    dueBy: 'activity',
  },
  group_labels: {
    path: '/groups/{group_id}/labels',
    single: '/groups/{group_id}/labels/{id}',
    bind: { group_id: each('group') },
    query: { include_ancestor_groups: 'false', only_group_labels: 'true', with_counts: 'true' },
    table: 'api_entities_label',
    record: of<{ id: number }>(),
    primaryKey: ['group_id', 'id'],
    pagination: 'offset',
    dueBy: 'activity',
  },
});

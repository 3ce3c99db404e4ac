import { each, of } from '../engine/catalog/bindings.ts';
import { defineFamily } from '../engine/catalog/defineFamily.ts';

/** Runners of the instance, for administrators, and those that every project and group may use. */
export const runners = defineFamily('runners', {
  runners: {
    path: '/runners/all',
    single: '/runners/{id}',
    table: 'api_entities_runner',
    record: of<{ id: number; token?: string }>(),
    primaryKey: ['id'],
    pagination: 'offset',
    access: 'admin',
    secretFields: ['token'],
  },
  project_runners: {
    path: '/projects/{project_id}/runners',
    bind: { project_id: each('project') },
    table: 'api_entities_project_runner',
    record: of<{ id: number }>(),
    primaryKey: ['project_id', 'id'],
    pagination: 'offset',
    dueBy: 'activity',
  },
  group_runners: {
    path: '/groups/{group_id}/runners',
    bind: { group_id: each('group') },
    table: 'api_entities_group_runner',
    record: of<{ id: number }>(),
    primaryKey: ['group_id', 'id'],
    pagination: 'offset',
    dueBy: 'activity',
  },
});

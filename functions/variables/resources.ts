import { each, of } from '../engine/catalog/bindings.ts';
import { defineFamily } from '../engine/catalog/defineFamily.ts';

/** CI/CD variables of projects and groups. A key may stand there once for each environment scope, so no path names one row. */
export const variables = defineFamily('variables', {
  project_variables: {
    path: '/projects/{project_id}/variables',
    bind: { project_id: each('project') },
    table: 'api_entities_variable',
    record: of<{ key: string; environment_scope: string; value: string }>(),
    primaryKey: ['project_id', 'key', 'environment_scope'],
    pagination: 'offset',
    dueBy: 'activity',
    secretFields: ['value'],
  },
  group_variables: {
    path: '/groups/{group_id}/variables',
    bind: { group_id: each('group') },
    table: 'api_entities_variable',
    record: of<{ key: string; environment_scope: string; value: string }>(),
    primaryKey: ['group_id', 'key', 'environment_scope'],
    pagination: 'offset',
    dueBy: 'activity',
    secretFields: ['value'],
  },
});

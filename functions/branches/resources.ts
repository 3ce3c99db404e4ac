import { each, of, parent } from '../engine/catalog/bindings.ts';
import { defineFamily } from '../engine/catalog/defineFamily.ts';

/** Branches of every project's repository with their newest commit. */
export const branches = defineFamily('branches', {
  branches: {
    path: '/projects/{project_id}/repository/branches',
    single: '/projects/{project_id}/repository/branches/{name}',
    bind: { project_id: each('project') },
    table: 'api_entities_branch',
    record: of<{ name: string }>(),
    primaryKey: ['project_id', 'name'],
    pagination: 'keyset',
    dueBy: 'activity',
  },
  branch: {
    path: '/projects/{project_id}/repository/branches/{branch}',
    bind: { project_id: each('project'), branch: parent('branches', 'name') },
    table: 'api_entities_branch',
    record: of<{ name: string }>(),
    primaryKey: ['project_id', 'name'],
    on: 'demand',
  },
});

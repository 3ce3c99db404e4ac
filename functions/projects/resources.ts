import { of, parent, walking } from '../engine/catalog/bindings.ts';
import { customAttributesOf } from '../engine/catalog/customAttributes.ts';
import { defineFamily } from '../engine/catalog/defineFamily.ts';

/** Every project that the token may see and the scope admits; the partitions of all project resources. */
export const projects = defineFamily('projects', {
  projects: {
    path: '/projects',
    single: '/projects/{id}',
    query: { order_by: 'id', sort: 'asc' },
    adminQuery: { with_custom_attributes: 'true' },
    memberQuery: { membership: 'true' },
    table: 'api_entities_project',
    record: of<{
      id: number;
      path_with_namespace: string;
      runners_token?: string;
      import_url?: string;
    }>(),
    primaryKey: ['id'],
    pagination: 'keyset',
    secretFields: ['runners_token', 'import_url'],
    splits: [customAttributesOf('project')],
    discovers: { scope: 'project', pathField: 'path_with_namespace' },
    dueBy: 'rhythm',
  },
  changed_projects: {
    path: '/projects',
    query: { order_by: 'updated_at', sort: 'asc' },
    adminQuery: { with_custom_attributes: 'true' },
    memberQuery: { membership: 'true' },
    table: 'api_entities_project',
    record: of<{
      id: number;
      path_with_namespace: string;
      updated_at: string;
      runners_token?: string;
      import_url?: string;
    }>(),
    primaryKey: ['id'],
    pagination: 'offset',
    cursor: walking('updated_at', 'updated_after', 'as-of'),
    secretFields: ['runners_token', 'import_url'],
    splits: [customAttributesOf('project')],
    discovers: { scope: 'project', pathField: 'path_with_namespace' },
  },
  active_projects: {
    path: '/projects',
    query: { order_by: 'last_activity_at', sort: 'asc' },
    adminQuery: { with_custom_attributes: 'true' },
    memberQuery: { membership: 'true' },
    table: 'api_entities_project',
    record: of<{
      id: number;
      path_with_namespace: string;
      last_activity_at: string;
      runners_token?: string;
      import_url?: string;
    }>(),
    primaryKey: ['id'],
    pagination: 'offset',
    cursor: walking('last_activity_at', 'last_activity_after', 'as-of'),
    secretFields: ['runners_token', 'import_url'],
    splits: [customAttributesOf('project')],
    discovers: { scope: 'project', pathField: 'path_with_namespace' },
  },
  project: {
    path: '/projects/{id}',
    bind: { id: parent('projects', 'id') },
    adminQuery: { with_custom_attributes: 'true' },
    table: 'api_entities_project',
    record: of<{ id: number; runners_token?: string; import_url?: string }>(),
    primaryKey: ['id'],
    secretFields: ['runners_token', 'import_url'],
    splits: [customAttributesOf('project')],
    on: 'demand',
  },
});

import { of, parent, walking } from '../engine/catalog/bindings.ts';
import { customAttributesOf } from '../engine/catalog/customAttributes.ts';
import { defineFamily } from '../engine/catalog/defineFamily.ts';

interface ListedProject {
  readonly id: number;
  readonly path_with_namespace: string;
  readonly runners_token?: string;
  readonly import_url?: string;
}

/** What is the same in every order in which projects are listed. */
const LIST = {
  path: '/projects',
  adminQuery: { with_custom_attributes: 'true' },
  memberQuery: { membership: 'true' },
  table: 'api_entities_project',
  primaryKey: ['id'],
  secretFields: ['runners_token', 'import_url'],
  splits: [customAttributesOf('project')],
  discovers: { scope: 'project', pathField: 'path_with_namespace' },
} as const;

/** Every project that the token may see and the scope admits; the partitions of all project resources. */
export const projects = defineFamily('projects', {
  projects: {
    ...LIST,
    single: '/projects/{id}',
    query: { order_by: 'id', sort: 'asc' },
    record: of<ListedProject>(),
    pagination: 'keyset',
    dueBy: 'rhythm',
  },
  changed_projects: {
    ...LIST,
    query: { order_by: 'updated_at', sort: 'asc' },
    record: of<ListedProject & { updated_at: string }>(),
    pagination: 'offset',
    cursor: walking('updated_at', 'updated_after', 'as-of'),
  },
  active_projects: {
    ...LIST,
    query: { order_by: 'last_activity_at', sort: 'asc' },
    record: of<ListedProject & { last_activity_at: string }>(),
    pagination: 'offset',
    cursor: walking('last_activity_at', 'last_activity_after', 'as-of'),
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

import { of, parent } from '../engine/catalog/bindings.ts';
import { customAttributesOf } from '../engine/catalog/customAttributes.ts';
import { defineFamily } from '../engine/catalog/defineFamily.ts';

/** What GitLab shows of a single one only. */
const SHOWN_ALONE: readonly string[] = [
  ...['projects', 'shared_projects', 'shared_with_groups', 'membership_lock'],
  ...[
    'prevent_sharing_groups_outside_hierarchy',
    'prevent_forking_outside_group',
    'shared_runners_minutes_limit',
    'extra_shared_runners_minutes_limit',
  ],
  ...['enabled_git_access_protocol', 'ip_restriction_ranges', 'unique_project_download_limit'],
];

/** Every group that the token may see and the scope admits; the partitions of all group resources. */
export const groups = defineFamily('groups', {
  groups: {
    path: '/groups',
    single: '/groups/{id}',
    singleOnly: SHOWN_ALONE,
    query: { order_by: 'id', sort: 'asc' },
    adminQuery: { all_available: 'true', with_custom_attributes: 'true' },
    memberQuery: { all_available: 'false' },
    table: 'api_entities_group',
    record: of<{ id: number; full_path: string; runners_token?: string }>(),
    primaryKey: ['id'],
    pagination: 'offset',
    secretFields: ['runners_token'],
    splits: [customAttributesOf('group')],
    discovers: { scope: 'group', pathField: 'full_path' },
  },
  group: {
    path: '/groups/{id}',
    bind: { id: parent('groups', 'id') },
    query: { with_projects: 'false' },
    adminQuery: { with_custom_attributes: 'true' },
    table: 'api_entities_group',
    record: of<{ id: number; runners_token?: string }>(),
    primaryKey: ['id'],
    secretFields: ['runners_token'],
    splits: [customAttributesOf('group')],
    on: 'demand',
  },
});

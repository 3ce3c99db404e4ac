import { of, parent } from '../engine/catalog/bindings.ts';
import { customAttributesOf } from '../engine/catalog/customAttributes.ts';
import { defineFamily } from '../engine/catalog/defineFamily.ts';

/** Every group that the token may see and the scope admits; the partitions of all group resources. */
export const groups = defineFamily('groups', {
  groups: {
    path: '/groups',
    single: '/groups/{id}',
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

import type { Split } from '../model/resource.ts';

/** Custom attributes inside a user, group or project become rows of one table, keyed by their owner. */
export function customAttributesOf(owner: 'user' | 'group' | 'project'): Split {
  return {
    field: 'custom_attributes',
    table: 'api_entities_custom_attribute',
    primaryKey: ['owner_kind', 'owner_id', 'key'],
    columns: { owner_kind: { constant: owner }, owner_id: { field: 'id' } },
  };
}

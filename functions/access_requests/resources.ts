import { each, of } from '../engine/catalog/bindings.ts';
import { customAttributesOf } from '../engine/catalog/customAttributes.ts';
import { defineFamily } from '../engine/catalog/defineFamily.ts';

/** Who asks for access to a group or project, and the custom attributes of those users. */
export const accessRequests = defineFamily('access_requests', {
  group_access_requests: {
    dueBy: 'activity',
    path: '/groups/{group_id}/access_requests',
    bind: { group_id: each('group') },
    table: 'api_entities_access_requester',
    record: of<{ id: number }>(),
    primaryKey: ['group_id', 'id'],
    pagination: 'offset',
    splits: [customAttributesOf('user')],
  },
  project_access_requests: {
    dueBy: 'activity',
    path: '/projects/{project_id}/access_requests',
    bind: { project_id: each('project') },
    table: 'api_entities_access_requester',
    record: of<{ id: number }>(),
    primaryKey: ['project_id', 'id'],
    pagination: 'offset',
    splits: [customAttributesOf('user')],
  },
});

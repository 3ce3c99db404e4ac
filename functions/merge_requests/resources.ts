import { each, of, walking } from '../engine/catalog/bindings.ts';
import { defineFamily } from '../engine/catalog/defineFamily.ts';

/** Merge requests of every project, and what stands below those that changed. */
export const mergeRequests = defineFamily('merge_requests', {
  merge_requests: {
    path: '/projects/{project_id}/merge_requests',
    single: '/projects/{project_id}/merge_requests/{iid}',
    bind: { project_id: each('project') },
    query: { scope: 'all', state: 'all', order_by: 'updated_at', sort: 'asc' },
    table: 'api_entities_merge_request',
    record: of<{ id: number; iid: number; updated_at: string }>(),
    primaryKey: ['id'],
    pagination: 'offset',
    cursor: walking('updated_at', 'updated_after'),
    dueBy: 'activity',
  },
});

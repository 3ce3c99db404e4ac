import { each, of, walking } from '../engine/catalog/bindings.ts';
import { defineFamily } from '../engine/catalog/defineFamily.ts';

/** Issues of every project, and what stands below those that changed. */
export const issues = defineFamily('issues', {
  issues: {
    path: '/projects/{project_id}/issues',
    single: '/projects/{project_id}/issues/{iid}',
    bind: { project_id: each('project') },
    query: { scope: 'all', state: 'all', order_by: 'updated_at', sort: 'asc' },
    table: 'api_entities_issue',
    record: of<{ id: number; iid: number; updated_at: string }>(),
    primaryKey: ['id'],
    pagination: 'offset',
    cursor: walking('updated_at', 'updated_after'),
    dueBy: 'activity',
  },
});

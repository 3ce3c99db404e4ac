import { each, of, walking } from '../engine/catalog/bindings.ts';
import { defineFamily } from '../engine/catalog/defineFamily.ts';

/** Pipelines of every project. */
export const pipelines = defineFamily('pipelines', {
  pipelines: {
    path: '/projects/{project_id}/pipelines',
    single: '/projects/{project_id}/pipelines/{id}',
    bind: { project_id: each('project') },
    query: { order_by: 'updated_at', sort: 'asc' },
    table: 'api_entities_pipeline',
    record: of<{ id: number; updated_at: string }>(),
    primaryKey: ['id'],
    pagination: 'offset',
    cursor: walking('updated_at', 'updated_after'),
    dueBy: 'activity',
  },
});

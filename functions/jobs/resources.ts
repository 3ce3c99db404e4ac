import { each, newestFirst, of, parent } from '../engine/catalog/bindings.ts';
import { defineFamily } from '../engine/catalog/defineFamily.ts';

/** CI jobs of every project in scope, newest first; jobs that had not finished are read again. */
export const jobs = defineFamily('jobs', {
  jobs: {
    path: '/projects/{project_id}/jobs',
    single: '/projects/{project_id}/jobs/{id}',
    bind: { project_id: each('project') },
    query: { order_by: 'id', sort: 'desc', include_retried: 'true' },
    table: 'api_entities_job',
    record: of<{ id: number; status: string }>(),
    primaryKey: ['id'],
    pagination: 'keyset',
    cursor: newestFirst('id', {
      rereadWhile: {
        status: [
          'created',
          'waiting_for_resource',
          'preparing',
          'waiting_for_callback',
          'pending',
          'running',
          'canceling',
          'manual',
          'scheduled',
        ],
      },
      filter: 'scope',
    }),
    dueBy: 'activity',
    dueWhile: {
      status: [
        'created',
        'waiting_for_resource',
        'preparing',
        'waiting_for_callback',
        'pending',
        'running',
        'canceling',
      ],
    },
  },
  job: {
    path: '/projects/{project_id}/jobs/{job_id}',
    bind: { project_id: each('project'), job_id: parent('jobs', 'id') },
    table: 'api_entities_job',
    record: of<{ id: number; status: string }>(),
    primaryKey: ['id'],
    on: 'demand',
  },
});

import { changedParents, each, of, parent, walking } from '../engine/catalog/bindings.ts';
import { defineFamily } from '../engine/catalog/defineFamily.ts';

const below = { project_id: each('project'), pipeline_id: parent('pipelines', 'id') } as const;

/** What GitLab shows of a single one only. */
const SHOWN_ALONE: readonly string[] = [
  ...['before_sha', 'tag', 'yaml_errors', 'user'],
  ...['started_at', 'finished_at', 'committed_at', 'duration'],
  ...['queued_duration', 'coverage', 'detailed_status', 'archived'],
];

/** Pipelines of every project, what stands below those that changed, and what starts pipelines. */
export const pipelines = defineFamily('pipelines', {
  pipelines: {
    path: '/projects/{project_id}/pipelines',
    single: '/projects/{project_id}/pipelines/{id}',
    singleOnly: SHOWN_ALONE,
    bind: { project_id: each('project') },
    query: { order_by: 'updated_at', sort: 'asc' },
    table: 'api_entities_pipeline',
    record: of<{ id: number; updated_at: string }>(),
    primaryKey: ['id'],
    pagination: 'offset',
    cursor: walking('updated_at', 'updated_after'),
    dueBy: 'activity',
  },
  bridges: {
    path: '/projects/{project_id}/pipelines/{pipeline_id}/bridges',
    bind: below,
    keep: ['pipeline_id'],
    table: 'api_entities_bridge',
    record: of<{ id: number }>(),
    primaryKey: ['id'],
    pagination: 'offset',
    cursor: changedParents({}),
    dueBy: 'activity',
  },
  test_report_summaries: {
    path: '/projects/{project_id}/pipelines/{pipeline_id}/test_report_summary',
    bind: below,
    table: 'api_entities_test_report_summary',
    record: of<{ total: object }>(),
    primaryKey: ['project_id', 'pipeline_id'],
    cursor: changedParents({}),
    dueBy: 'activity',
  },
  // A single schedule shows the values of its variables, so it is not asked for.
  pipeline_schedules: {
    path: '/projects/{project_id}/pipeline_schedules',
    bind: { project_id: each('project') },
    table: 'api_entities_pipeline_schedule',
    record: of<{ id: number }>(),
    primaryKey: ['id'],
    pagination: 'offset',
    dueBy: 'activity',
  },
  triggers: {
    path: '/projects/{project_id}/triggers',
    single: '/projects/{project_id}/triggers/{id}',
    bind: { project_id: each('project') },
    table: 'api_entities_trigger',
    record: of<{ id: number; token: string }>(),
    primaryKey: ['id'],
    pagination: 'offset',
    dueBy: 'activity',
    secretFields: ['token'],
  },
});

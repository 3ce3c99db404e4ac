import { changedParents, each, of, parent, walking } from '../engine/catalog/bindings.ts';
import { defineFamily } from '../engine/catalog/defineFamily.ts';

const below = {
  project_id: each('project'),
  merge_request_iid: parent('merge_requests', 'iid'),
} as const;

/** What GitLab shows of a single one only. */
const SHOWN_ALONE: readonly string[] = [
  ...['subscribed', 'user', 'changes_count', 'diff_refs'],
  ...['merge_error', 'rebase_in_progress', 'pipeline', 'head_pipeline'],
  ...[
    'latest_build_started_at',
    'latest_build_finished_at',
    'first_deployed_to_production_at',
    'first_contribution',
  ],
  ...['diverged_commits_count'],
];

/** Merge requests of every project, and what stands below those that changed. */
export const mergeRequests = defineFamily('merge_requests', {
  merge_requests: {
    path: '/projects/{project_id}/merge_requests',
    single: '/projects/{project_id}/merge_requests/{iid}',
    singleOnly: SHOWN_ALONE,
    bind: { project_id: each('project') },
    query: { scope: 'all', state: 'all', order_by: 'updated_at', sort: 'asc' },
    table: 'api_entities_merge_request',
    record: of<{ id: number; iid: number; updated_at: string }>(),
    primaryKey: ['id'],
    pagination: 'offset',
    cursor: walking('updated_at', 'updated_after'),
    dueBy: 'activity',
  },
  merge_request_commits: {
    path: '/projects/{project_id}/merge_requests/{merge_request_iid}/commits',
    bind: below,
    table: 'api_entities_merge_request_commit',
    record: of<{ id: string }>(),
    primaryKey: ['project_id', 'merge_request_iid', 'id'],
    pagination: 'offset',
    cursor: changedParents({}),
    dueBy: 'activity',
  },
  merge_request_approvals: {
    path: '/projects/{project_id}/merge_requests/{merge_request_iid}/approvals',
    bind: below,
    table: 'api_entities_merge_request_approval',
    record: of<{ approved: boolean }>(),
    primaryKey: ['project_id', 'merge_request_iid'],
    cursor: changedParents({}),
    dueBy: 'activity',
  },
  merge_request_notes: {
    path: '/projects/{project_id}/merge_requests/{merge_request_iid}/notes',
    single: '/projects/{project_id}/merge_requests/{merge_request_iid}/notes/{id}',
    bind: below,
    keep: ['merge_request_iid'],
    query: { sort: 'asc', order_by: 'created_at' },
    table: 'api_entities_merge_request_note',
    record: of<{ id: number }>(),
    primaryKey: ['id'],
    pagination: 'offset',
    cursor: changedParents({}),
    dueBy: 'activity',
  },
  merge_request_discussions: {
    path: '/projects/{project_id}/merge_requests/{merge_request_iid}/discussions',
    single: '/projects/{project_id}/merge_requests/{merge_request_iid}/discussions/{id}',
    bind: below,
    keep: ['merge_request_iid'],
    table: 'api_entities_merge_request_discussion',
    record: of<{ id: string }>(),
    primaryKey: ['id'],
    pagination: 'offset',
    cursor: changedParents({}),
    dueBy: 'activity',
  },
  merge_request_label_events: {
    path: '/projects/{project_id}/merge_requests/{merge_request_iid}/resource_label_events',
    single: '/projects/{project_id}/merge_requests/{merge_request_iid}/resource_label_events/{id}',
    bind: below,
    keep: ['merge_request_iid'],
    table: 'api_entities_merge_request_label_event',
    record: of<{ id: number }>(),
    primaryKey: ['id'],
    pagination: 'offset',
    cursor: changedParents({}),
    dueBy: 'activity',
  },
  merge_request_state_events: {
    path: '/projects/{project_id}/merge_requests/{merge_request_iid}/resource_state_events',
    single: '/projects/{project_id}/merge_requests/{merge_request_iid}/resource_state_events/{id}',
    bind: below,
    keep: ['merge_request_iid'],
    table: 'api_entities_merge_request_state_event',
    record: of<{ id: number }>(),
    primaryKey: ['id'],
    pagination: 'offset',
    cursor: changedParents({}),
    dueBy: 'activity',
  },
  merge_request_milestone_events: {
    path: '/projects/{project_id}/merge_requests/{merge_request_iid}/resource_milestone_events',
    single:
      '/projects/{project_id}/merge_requests/{merge_request_iid}/resource_milestone_events/{id}',
    bind: below,
    keep: ['merge_request_iid'],
    table: 'api_entities_merge_request_milestone_event',
    record: of<{ id: number }>(),
    primaryKey: ['id'],
    pagination: 'offset',
    cursor: changedParents({}),
    dueBy: 'activity',
  },
});

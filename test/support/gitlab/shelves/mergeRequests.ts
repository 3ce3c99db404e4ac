import { ROLE } from '../access.ts';
import type { JsonObject } from '../json.ts';
import { utc } from '../time.ts';
import { webUrl } from './objects.ts';
import {
  instants,
  labelNames,
  milestone,
  references,
  somebody,
  taskCompletion,
  timeStats,
  title,
} from './parts.ts';
import { defineShelf, type Making, projectIn } from './shelf.ts';

/** Merge requests of projects. */
export const mergeRequests = defineShelf({
  name: 'merge_requests',
  path: 'projects/:id/merge_requests',
  single: 'iid',
  table: 'api_entities_merge_request',
  key: ['id'],
  scope: 'project',
  role: ROLE.reporter,
  size: 1.5,
  series: 2,
  make: mergeRequestObject,
  orders: ['created_at', 'updated_at'],
  filters: ['updated', 'created'],
  words: { state: 'state' },
});

function mergeRequestObject(making: Making): JsonObject {
  const { world, place, entry, random } = making;
  const { id, defaultBranch } = projectIn(place);
  const iid = entry.ordinal + 1;
  const state = random.pick(['opened', 'merged', 'merged', 'closed'] as const);
  const merger = state === 'merged' ? somebody(world, random) : null;
  const author = somebody(world, random);
  return {
    id: entry.id,
    iid,
    project_id: id,
    title: title(random, 'Improve', entry),
    description: random.chance(0.2) ? '' : 'Closes #1.\r\n\r\nSee “the issue”.',
    state,
    ...instants(entry),
    merged_by: merger,
    merge_user: merger,
    merged_at: merger === null ? null : utc(entry.updatedAt),
    closed_by: state === 'closed' ? author : null,
    closed_at: state === 'closed' ? utc(entry.updatedAt) : null,
    target_branch: defaultBranch ?? 'main',
    source_branch: `feature/ticket-${String(iid)}`,
    user_notes_count: random.integer(0, 5),
    upvotes: random.integer(0, 3),
    downvotes: 0,
    author,
    assignees: [author],
    assignee: author,
    reviewers: random.chance(0.6) ? [somebody(world, random)] : [],
    source_project_id: id,
    target_project_id: id,
    labels: labelNames(random),
    draft: random.chance(0.1),
    imported: false,
    imported_from: 'none',
    work_in_progress: false,
    milestone: milestone(making),
    merge_when_pipeline_succeeds: false,
    merge_status: 'can_be_merged',
    detailed_merge_status: state === 'opened' ? 'mergeable' : 'not_open',
    merge_after: null,
    ...endings(making, state),
    ...circumstances(making, iid),
  };
}

function endings({ random }: Making, state: string): JsonObject {
  const sha = random.hex(40);
  return {
    sha,
    merge_commit_sha: state === 'merged' ? random.hex(40) : null,
    squash_commit_sha: null,
    discussion_locked: null,
    should_remove_source_branch: null,
    force_remove_source_branch: true,
    // Only merge requests from forks tell these.
    ...(random.chance(0.1) ? { allow_collaboration: false, allow_maintainer_to_push: false } : {}),
  };
}

function circumstances({ world, place, entry, random }: Making, iid: number): JsonObject {
  return {
    prepared_at: utc(entry.createdAt + 2000),
    reference: `!${String(iid)}`,
    references: references(world, place, `!${String(iid)}`),
    web_url: `${webUrl(world, place)}/-/merge_requests/${String(iid)}`,
    time_stats: timeStats(random),
    squash: false,
    squash_on_merge: false,
    task_completion_status: taskCompletion(random),
    has_conflicts: false,
    blocking_discussions_resolved: true,
    approvals_before_merge: null,
  };
}

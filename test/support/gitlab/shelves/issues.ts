import { ROLE } from '../access.ts';
import type { JsonObject } from '../json.ts';
import { date, DAY, utc } from '../time.ts';
import type { World } from '../world/model.ts';
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

/** Issues of projects. */
export const issues = defineShelf({
  name: 'issues',
  path: 'projects/:id/issues',
  single: 'iid',
  table: 'api_entities_issue',
  key: ['id'],
  scope: 'project',
  role: ROLE.guest,
  size: 2,
  series: 1,
  make: issueObject,
  orders: ['created_at', 'updated_at'],
  filters: ['updated', 'created'],
  words: { state: 'state' },
});

/** An issue as lists show it. */
export function issueObject(making: Making): JsonObject {
  const { world, place, entry, random } = making;
  const { id } = projectIn(place);
  const iid = entry.ordinal + 1;
  const isClosed = random.chance(0.6);
  const assignee = random.chance(0.7) ? somebody(world, random) : null;
  return {
    id: entry.id,
    iid,
    project_id: id,
    title: title(random, 'Repair', entry),
    description: random.chance(0.2) ? null : 'What happens:\n\n- [ ] “this”\n- [x] and that',
    state: isClosed ? 'closed' : 'opened',
    ...instants(entry),
    closed_at: isClosed ? utc(entry.updatedAt) : null,
    closed_by: isClosed ? somebody(world, random) : null,
    labels: labelNames(random),
    milestone: milestone(making),
    assignees: assignee === null ? [] : [assignee],
    author: somebody(world, random),
    type: 'ISSUE',
    assignee,
    user_notes_count: random.integer(0, 4),
    merge_requests_count: random.integer(0, 2),
    upvotes: random.integer(0, 3),
    downvotes: 0,
    ...circumstances(making, iid),
  };
}

function circumstances({ world, place, entry, random }: Making, iid: number): JsonObject {
  return {
    due_date: random.chance(0.2) ? date(entry.createdAt + 30 * DAY) : null,
    confidential: random.chance(0.05),
    discussion_locked: null,
    issue_type: 'issue',
    web_url: `${webUrl(world, place)}/-/issues/${String(iid)}`,
    time_stats: timeStats(random),
    task_completion_status: taskCompletion(random),
    weight: random.chance(0.3) ? random.integer(1, 8) : null,
    blocking_issues_count: 0,
    has_tasks: true,
    task_status: '1 of 2 checklist entries completed',
    _links: links(world, projectIn(place).id, iid),
    references: references(world, place, `#${String(iid)}`),
    severity: 'UNKNOWN',
    moved_to_id: null,
    imported: false,
    imported_from: 'none',
    service_desk_reply_to: null,
    epic_iid: null,
    epic: null,
    iteration: null,
    health_status: random.chance(0.3) ? 'on_track' : null,
  };
}

function links({ webUrl: origin }: World, projectId: number, iid: number): JsonObject {
  const project = `${origin}/api/v4/projects/${String(projectId)}`;
  const self = `${project}/issues/${String(iid)}`;
  return {
    self,
    notes: `${self}/notes`,
    award_emoji: `${self}/award_emoji`,
    project,
    closed_as_duplicate_of: null,
  };
}

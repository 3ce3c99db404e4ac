import { ROLE } from '../access.ts';
import type { JsonObject } from '../json.ts';
import type { Random } from '../random.ts';
import { utc } from '../time.ts';
import { issueObject, issues } from './issues.ts';
import { mergeRequests } from './mergeRequests.ts';
import { instants, person, somebody } from './parts.ts';
import { defineShelf, type Making, parentIn, projectIn } from './shelf.ts';

/** Issues that are linked to an issue. */
export const issueLinks = defineShelf({
  name: 'issue_links',
  path: 'projects/:id/issues/:parent/links',
  table: 'api_entities_issue_link',
  key: ['project_id', 'issue_iid', 'issue_link_id'],
  ids: 'own',
  scope: 'project',
  below: { shelf: issues, field: 'iid', column: 'issue_iid' },
  role: ROLE.guest,
  size: 0.3,
  series: 0,
  sort: 'asc',
  pages: 'unpaged',
  make: linkObject,
});

/** Commits of merge requests. */
export const mergeRequestCommits = defineShelf({
  name: 'merge_request_commits',
  path: 'projects/:id/merge_requests/:parent/commits',
  table: 'api_entities_merge_request_commit',
  key: ['project_id', 'merge_request_iid', 'id'],
  ids: 'own',
  scope: 'project',
  below: { shelf: mergeRequests, field: 'iid', column: 'merge_request_iid' },
  role: ROLE.reporter,
  size: 0.7,
  series: 0,
  make: commitObject,
});

/** Who approved a merge request. */
export const mergeRequestApprovals = defineShelf({
  name: 'merge_request_approvals',
  path: 'projects/:id/merge_requests/:parent/approvals',
  table: 'api_entities_merge_request_approval',
  key: ['project_id', 'merge_request_iid'],
  scope: 'project',
  below: { shelf: mergeRequests, field: 'iid', column: 'merge_request_iid' },
  role: ROLE.reporter,
  size: 'one',
  series: 0,
  make: approvalsObject,
});

/** A commit as lists show it. */
export function commitObject({ world, place, entry, random }: Making): JsonObject {
  const author = person(world, random);
  const sha = random.hex(40);
  const subject = `Change the größe of ${String(entry.ordinal)}`;
  const committed = utc(entry.createdAt);
  const { path } = projectIn(place);
  return {
    id: sha,
    short_id: sha.slice(0, 8),
    created_at: committed,
    parent_ids: parents(random),
    title: subject,
    message: `${subject}\n\nWith a\ttab and “quotes”.\n`,
    author_name: author.name,
    author_email: author.commitEmail,
    authored_date: utc(entry.createdAt - 60_000),
    committer_name: author.name,
    committer_email: author.commitEmail,
    committed_date: committed,
    trailers: {},
    extended_trailers: {},
    web_url: `${world.webUrl}/commit/${path}/${sha}`,
  };
}

function parents(random: Random): readonly string[] {
  return random.chance(0.1) ? [random.hex(40), random.hex(40)] : [random.hex(40)];
}

/** The other issue, with what links it: no row of the project's own list, so that it does not change with one. */
function linkObject(making: Making): JsonObject {
  const { entry, random } = making;
  const other = { ...entry, ordinal: 10_000 + entry.ordinal };
  return {
    ...issueObject({ ...making, entry: other }),
    issue_link_id: entry.id,
    link_type: random.pick(['relates_to', 'blocks', 'is_blocked_by']),
    link_created_at: utc(entry.createdAt),
    link_updated_at: utc(entry.updatedAt),
  };
}

function approvalsObject({ world, place, entry, random }: Making): JsonObject {
  const count = random.integer(0, 2);
  const parent = parentIn(place);
  return {
    id: parent.id,
    iid: parent.ordinal + 1,
    project_id: projectIn(place).id,
    title: 'Improve',
    description: '',
    state: 'opened',
    ...instants(entry),
    merge_status: 'can_be_merged',
    approved: count > 0,
    approvals_required: 1,
    approvals_left: count > 0 ? 0 : 1,
    require_password_to_approve: false,
    approved_by: Array.from({ length: count }, () => ({
      user: somebody(world, random),
      approved_at: utc(entry.updatedAt),
    })),
    suggested_approvers: [],
    approvers: [],
    approver_groups: [],
    user_has_approved: false,
    user_can_approve: true,
    approval_rules_left: [],
    has_approval_rules: true,
    merge_request_approvers_available: true,
    multiple_approval_rules_available: true,
    invalid_approvers_rules: [],
  };
}

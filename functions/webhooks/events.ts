import type { JsonObject } from '../engine/model/json.ts';
import type { EventTable } from '../engine/model/webhookEvent.ts';
import type { EventResource } from './families.ts';
import {
  acknowledged,
  byValue,
  inGroup,
  inInstance,
  inOwner,
  inProject,
  required,
  row,
  valueAt,
} from './reading.ts';

const BELOW_ISSUE = [
  ...(['issue_links', 'issue_notes', 'issue_discussions'] as const),
  ...(['issue_label_events', 'issue_state_events', 'issue_milestone_events'] as const),
] as const satisfies readonly EventResource[];

const BELOW_MERGE_REQUEST = [
  ...(['merge_request_commits', 'merge_request_approvals', 'merge_request_notes'] as const),
  ...(['merge_request_discussions', 'merge_request_label_events'] as const),
  ...(['merge_request_state_events', 'merge_request_milestone_events'] as const),
] as const satisfies readonly EventResource[];

const ISSUE = row('issues', { iid: 'object_attributes.iid' });
const MERGE_REQUEST = row('merge_requests', { iid: 'object_attributes.iid' });
const APPROVALS = row('merge_request_approvals', { merge_request_iid: 'object_attributes.iid' });
const TARGET = ['object_attributes.target_project_id', 'project.id'];

const NO_COMMIT = /^0{40,64}$/;
const hasNoCommit = (body: JsonObject): boolean =>
  NO_COMMIT.test((valueAt(body, 'after') ?? '').toString());
const isDeleted = (body: JsonObject): boolean =>
  valueAt(body, ['object_attributes.action', 'action']) === 'delete';
const isGone = (): boolean => true;

/** The name of a branch or tag: `refs/heads/feature/1` is `feature/1`. */
function refName(body: JsonObject): string {
  return required(body, 'ref')
    .toString()
    .replace(/^refs\/(?:heads|tags)\//, '');
}

const issue = inProject({ rows: [ISSUE], due: BELOW_ISSUE });
const mergeRequest = inProject({ rows: [MERGE_REQUEST], due: BELOW_MERGE_REQUEST }, TARGET);
const approval = inProject({ rows: [MERGE_REQUEST, APPROVALS], due: BELOW_MERGE_REQUEST }, TARGET);
const job = inProject({
  rows: [row('jobs', { id: ['build_id', 'job_id'] })],
  due: ['pipelines'],
});
const groupMember = row('group_members', { id: 'user_id' });
const projectMember = row('project_members', { id: 'user_id' });
const group = inInstance({ rows: [row('groups', { id: 'group_id' })] });
const project = inInstance({ rows: [row('projects', { id: 'project_id' })] });
const user = inInstance({ rows: [row('users', { id: 'user_id' })] });
const groupRequest = inGroup({ due: ['group_access_requests'] });
const projectRequest = inProject({ due: ['project_access_requests'] });

/** Every kind of event of project, group and system hooks: what is fetched, and what the next run reads. */
export const EVENTS = {
  push: inProject({
    rows: [row('branches', { name: refName }, hasNoCommit)],
    due: ['commits', 'merge_requests', 'events'],
  }),
  tag_push: inProject({ rows: [row('tags', { name: refName }, hasNoCommit)], due: ['events'] }),
  repository_update: inProject({ due: ['branches', 'tags', 'commits'] }),
  issue,
  work_item: byValue(
    'object_attributes.type',
    { Epic: acknowledged('the event names no group; scans read epics') },
    issue,
  ),
  note: byValue(
    'object_attributes.noteable_type',
    {
      Issue: inProject({
        rows: [row('issue_notes', { issue_iid: 'issue.iid', id: 'object_attributes.id' })],
        due: ['issues', 'issue_discussions'],
      }),
      MergeRequest: inProject({
        rows: [
          row('merge_request_notes', {
            merge_request_iid: 'merge_request.iid',
            id: 'object_attributes.id',
          }),
        ],
        due: ['merge_requests', 'merge_request_discussions'],
      }),
      Snippet: inProject({ due: ['project_snippets', 'events'] }),
      Commit: inProject({ due: ['events'] }),
    },
    acknowledged('no table has notes of this'),
  ),
  merge_request: byValue(
    'object_attributes.action',
    { approved: approval, approval, unapproved: approval, unapproval: approval },
    mergeRequest,
  ),
  wiki_page: inOwner(
    {
      rows: [row('project_wikis', { slug: 'object_attributes.slug' }, isDeleted)],
      due: ['project_wikis'],
    },
    {
      rows: [row('group_wikis', { slug: 'object_attributes.slug' }, isDeleted)],
      due: ['group_wikis'],
    },
  ),
  pipeline: inProject({
    rows: [row('pipelines', { id: 'object_attributes.id' })],
    due: ['jobs', 'bridges', 'test_report_summaries'],
  }),
  build: job,
  job,
  deployment: inProject({
    rows: [row('deployments', { id: 'deployment_id' })],
    due: ['environments'],
  }),
  release: inProject({ rows: [row('releases', { tag_name: 'tag' }, isDeleted)] }),
  milestone: inOwner(
    { rows: [row('project_milestones', { id: 'object_attributes.id' }, isDeleted)] },
    { rows: [row('group_milestones', { id: 'object_attributes.id' }, isDeleted)] },
  ),
  emoji: byValue(
    'object_attributes.awardable_type',
    {
      Issue: inProject({ rows: [row('issues', { iid: 'issue.iid' })] }),
      MergeRequest: inProject({ rows: [row('merge_requests', { iid: 'merge_request.iid' })] }),
    },
    acknowledged('no table has reactions to this'),
  ),
  feature_flag: inProject({ rows: [row('feature_flags', { name: 'object_attributes.name' })] }),
  vulnerability: acknowledged('no table has vulnerabilities'),
  access_token: inOwner(
    { rows: [row('project_access_tokens', { id: 'object_attributes.id' })] },
    { rows: [row('group_access_tokens', { id: 'object_attributes.id' })] },
  ),

  user_add_to_group: inGroup({ rows: [groupMember], due: ['group_members_all'] }),
  user_update_for_group: inGroup({ rows: [groupMember], due: ['group_members_all'] }),
  user_remove_from_group: inGroup({
    rows: [{ ...groupMember, isGone }],
    due: ['group_members_all'],
  }),
  user_access_request_to_group: groupRequest,
  user_access_request_denied_for_group: groupRequest,
  user_access_request_revoked_for_group: groupRequest,
  user_add_to_team: inProject({ rows: [projectMember], due: ['project_members_all'] }),
  user_update_for_team: inProject({ rows: [projectMember], due: ['project_members_all'] }),
  user_remove_from_team: inProject({
    rows: [{ ...projectMember, isGone }],
    due: ['project_members_all'],
  }),
  user_access_request_to_project: projectRequest,
  user_access_request_denied_for_project: projectRequest,
  user_access_request_revoked_for_project: projectRequest,

  // A project or group that a hook calls destroyed may be hidden: its list tells who has left.
  project_create: project,
  project_destroy: inInstance({ due: ['projects'] }),
  project_rename: project,
  project_transfer: project,
  project_update: project,
  subgroup_create: group,
  subgroup_destroy: inInstance({ due: ['groups'] }),
  group_create: group,
  group_destroy: inInstance({ due: ['groups'] }),
  group_rename: group,
  user_create: user,
  user_rename: user,
  user_destroy: inInstance({ rows: [row('users', { id: 'user_id' }, isGone)] }),
  user_failed_login: acknowledged('no table has logins'),
  key_create: acknowledged('no table has keys of users'),
  key_destroy: acknowledged('no table has keys of users'),
  gitlab_subscription_member_approval: acknowledged('no table has approvals of members'),
  gitlab_subscription_member_approvals: acknowledged('no table has approvals of members'),
} as const satisfies EventTable;

import { describe, expect, test } from 'vitest';

import { allResources } from '../../../functions/engine/catalog/selection.ts';
import type { JsonObject } from '../../../functions/engine/model/json.ts';
import { locate } from '../../../functions/engine/run/webhooks/fetchRows.ts';
import { kindOf } from '../../../functions/engine/run/webhooks/planEvent.ts';
import { EVENTS } from '../../../functions/webhooks/events.ts';
import { families } from '../../../functions/webhooks/families.ts';

const resources = new Map(allResources(families).map((resource) => [resource.id, resource]));

/** What an event becomes: the paths that are asked for, those that may be gone with a minus, and what is due. */
function told(
  body: JsonObject,
): { readonly paths: readonly string[]; readonly due: number } | string {
  const kind = kindOf(body) as keyof typeof EVENTS;
  const plan = EVENTS[kind](body);
  if ('acknowledged' in plan) return plan.acknowledged;
  for (const id of plan.due) expect(resources.has(id), id).toBe(true);
  const paths = plan.rows.map((row) => {
    const found = locate({ resources }, plan, row);
    // A scan has what its rows keep from the path of the list; an event must name it.
    const kept = found?.spec.keep.filter((name) => found.values[name] === undefined);
    expect(kept ?? [], row.resource).toEqual([]);
    return `${row.expected === 'gone' ? '-' : ''}${found?.path ?? `no path of ${row.resource}`}`;
  });
  return { paths, due: plan.due.length };
}

const ZEROS = '0'.repeat(40);
const project = { id: 7 };

/** A body of each kind, as GitLab documents it, less what is not looked at. */
const BODIES: readonly (readonly [JsonObject, readonly string[] | string])[] = [
  [
    { object_kind: 'push', project_id: 7, ref: 'refs/heads/a/b', after: 'f'.repeat(40) },
    ['/projects/7/repository/branches/a%2Fb'],
  ],
  [
    { object_kind: 'push', project_id: 7, ref: 'refs/heads/main', after: ZEROS },
    ['-/projects/7/repository/branches/main'],
  ],
  [
    { object_kind: 'tag_push', project_id: 7, ref: 'refs/tags/v1', after: ZEROS },
    ['-/projects/7/repository/tags/v1'],
  ],
  [{ event_name: 'repository_update', project_id: 7 }, []],
  [
    { object_kind: 'issue', project, object_attributes: { id: 1, iid: 3, project_id: 7 } },
    ['/projects/7/issues/3'],
  ],
  [
    { object_kind: 'issue', object_attributes: { id: 1, iid: 3, project_id: 8 } },
    ['/projects/8/issues/3'],
  ],
  [
    { object_kind: 'work_item', project, object_attributes: { iid: 4, type: 'Task' } },
    ['/projects/7/issues/4'],
  ],
  [
    { object_kind: 'work_item', object_attributes: { iid: 1, type: 'Epic' } },
    'the event names no group; scans read epics',
  ],
  [
    {
      ...{ object_kind: 'note', project_id: 7, issue: { iid: 3 } },
      object_attributes: { id: 9, noteable_type: 'Issue' },
    },
    ['/projects/7/issues/3/notes/9'],
  ],
  [
    {
      ...{ object_kind: 'note', project_id: 7, merge_request: { iid: 5 } },
      object_attributes: { id: 9, noteable_type: 'MergeRequest' },
    },
    ['/projects/7/merge_requests/5/notes/9'],
  ],
  [
    { object_kind: 'note', project_id: 7, object_attributes: { id: 9, noteable_type: 'Commit' } },
    [],
  ],
  [
    { object_kind: 'note', project_id: 7, object_attributes: { id: 9, noteable_type: 'Snippet' } },
    [],
  ],
  [
    { object_kind: 'note', project_id: 7, object_attributes: { id: 9, noteable_type: 'Epic' } },
    'no table has notes of this',
  ],
  [
    {
      object_kind: 'merge_request',
      project: { id: 99 },
      object_attributes: { iid: 5, target_project_id: 7, action: 'open' },
    },
    ['/projects/7/merge_requests/5'],
  ],
  [
    {
      object_kind: 'merge_request',
      object_attributes: { iid: 5, target_project_id: 7, action: 'approved' },
    },
    ['/projects/7/merge_requests/5', '/projects/7/merge_requests/5/approvals'],
  ],
  [
    { object_kind: 'wiki_page', project, object_attributes: { slug: 'a/b', action: 'delete' } },
    ['-/projects/7/wikis/a%2Fb'],
  ],
  [
    { object_kind: 'wiki_page', group: { id: 2 }, object_attributes: { slug: 'home' } },
    ['/groups/2/wikis/home'],
  ],
  [
    { object_kind: 'pipeline', project, object_attributes: { id: 31 } },
    ['/projects/7/pipelines/31'],
  ],
  [
    { object_kind: 'build', project_id: 7, build_id: 11, commit: { id: 31 } },
    ['/projects/7/jobs/11'],
  ],
  [{ object_kind: 'job', project_id: 7, job_id: 11 }, ['/projects/7/jobs/11']],
  [{ object_kind: 'deployment', project, deployment_id: 15 }, ['/projects/7/deployments/15']],
  [
    { object_kind: 'release', project, id: 1, tag: 'v1', action: 'delete' },
    ['-/projects/7/releases/v1'],
  ],
  [
    { object_kind: 'milestone', project, object_attributes: { id: 61, project_id: 7 } },
    ['/projects/7/milestones/61'],
  ],
  [
    { object_kind: 'milestone', object_attributes: { id: 61, group_id: 2 } },
    ['/groups/2/milestones/61'],
  ],
  [
    {
      ...{ object_kind: 'emoji', project_id: 7, issue: { iid: 3 } },
      object_attributes: { awardable_type: 'Issue', action: 'revoke' },
    },
    ['/projects/7/issues/3'],
  ],
  [
    { object_kind: 'feature_flag', project, object_attributes: { id: 6, name: 'a' } },
    ['/projects/7/feature_flags/a'],
  ],
  [{ object_kind: 'vulnerability' }, 'no table has vulnerabilities'],
  [
    { object_kind: 'access_token', project, object_attributes: { id: 901 } },
    ['/projects/7/access_tokens/901'],
  ],
  [
    { object_kind: 'access_token', group: { id: 2 }, object_attributes: { id: 901 } },
    ['/groups/2/access_tokens/901'],
  ],
  ...(['user_add_to_group', 'user_update_for_group'] as const).map(
    (kind) => [{ event_name: kind, group_id: 2, user_id: 41 }, ['/groups/2/members/41']] as const,
  ),
  [{ event_name: 'user_remove_from_group', group_id: 2, user_id: 41 }, ['-/groups/2/members/41']],
  ...(['user_add_to_team', 'user_update_for_team'] as const).map(
    (kind) =>
      [{ event_name: kind, project_id: 7, user_id: 41 }, ['/projects/7/members/41']] as const,
  ),
  [
    { event_name: 'user_remove_from_team', project_id: 7, user_id: 41 },
    ['-/projects/7/members/41'],
  ],
  ...(['request_to', 'request_denied_for', 'request_revoked_for'] as const).flatMap((what) => [
    [{ event_name: `user_access_${what}_group`, group_id: 2, user_id: 41 }, []] as const,
    [{ event_name: `user_access_${what}_project`, project_id: 7, user_id: 41 }, []] as const,
  ]),
  ...(['create', 'rename', 'transfer', 'update'] as const).map(
    (what) => [{ event_name: `project_${what}`, project_id: 7 }, ['/projects/7']] as const,
  ),
  [{ event_name: 'project_destroy', project_id: 7 }, []],
  ...(['subgroup_create', 'group_create', 'group_rename'] as const).map(
    (kind) => [{ event_name: kind, group_id: 2 }, ['/groups/2']] as const,
  ),
  [{ event_name: 'subgroup_destroy', group_id: 2 }, []],
  [{ event_name: 'group_destroy', group_id: 2 }, []],
  [{ event_name: 'user_create', user_id: 41 }, ['/users/41']],
  [{ event_name: 'user_rename', user_id: 41 }, ['/users/41']],
  [{ event_name: 'user_destroy', user_id: 41 }, ['-/users/41']],
  [{ event_name: 'user_failed_login', user_id: 41 }, 'no table has logins'],
  [{ event_name: 'key_create', id: 4 }, 'no table has keys of users'],
  [{ event_name: 'key_destroy', id: 4 }, 'no table has keys of users'],
  ...(['approval', 'approvals'] as const).map(
    (what) =>
      [
        { object_kind: `gitlab_subscription_member_${what}` },
        'no table has approvals of members',
      ] as const,
  ),
];

describe('the kinds of events', () => {
  test.each(BODIES.map(([body, expected]) => ({ kind: kindOf(body), body, expected })))(
    '$kind asks for $expected',
    ({ body, expected }) => {
      const found = told(body);

      expect(typeof found === 'string' ? found : found.paths).toEqual(expected);
      if (Array.isArray(expected) && expected.length === 0)
        expect(typeof found === 'string' ? 0 : found.due).toBeGreaterThan(0);
    },
  );

  test('are all tried here', () => {
    expect(new Set(BODIES.map(([body]) => kindOf(body)))).toEqual(new Set(Object.keys(EVENTS)));
  });

  test.each([
    { name: 'without what it is about', body: { object_kind: 'issue', project } },
    {
      name: 'with an id that is a path',
      body: { object_kind: 'job', project_id: '1/../2', job_id: 1 },
    },
  ])('an event $name is none of GitLab', ({ body }) => {
    expect(() => told(body)).toThrow(expect.objectContaining({ code: 'E_WEBHOOK_EVENT' }) as Error);
  });
});

import type { JsonObject } from '../json.ts';
import { shelfNamed } from '../shelves/all.ts';
import { rowsIn, type Where } from '../shelves/mutations.ts';
import { objectOf } from '../shelves/objects.ts';
import type { Place, Shelf } from '../shelves/shelf.ts';
import { stackIn } from '../shelves/stacks.ts';
import { branchText } from '../world/branches.ts';
import { jobObject } from '../world/jobObject.ts';
import { existing, type Project, type World } from '../world/model.ts';
import { projectPath } from '../world/ownership.ts';
import type { Webhook } from './webhook.ts';

interface Kind {
  readonly event: string;
  readonly kind: string;
  readonly flag: string;
}

/** Shelves whose rows GitLab tells of in the form `object_attributes`. */
const KINDS: Readonly<Record<string, Kind>> = {
  issues: { event: 'Issue Hook', kind: 'issue', flag: 'issues_events' },
  merge_requests: {
    event: 'Merge Request Hook',
    kind: 'merge_request',
    flag: 'merge_requests_events',
  },
  pipelines: { event: 'Pipeline Hook', kind: 'pipeline', flag: 'pipeline_events' },
  project_milestones: { event: 'Milestone Hook', kind: 'milestone', flag: 'milestone_events' },
  issue_notes: { event: 'Note Hook', kind: 'note', flag: 'note_events' },
  merge_request_notes: { event: 'Note Hook', kind: 'note', flag: 'note_events' },
};

/** Tells of a row of a shelf in a project: an issue, merge request, pipeline, milestone or note. */
export function rowWebhook(
  world: World,
  { name, where, id }: { readonly name: string; readonly where: Where; readonly id: number },
  action = 'update',
): Webhook {
  const known = KINDS[name];
  const entry = rowsIn(world, name, where).find((row) => row.id === id);
  if (known === undefined || entry === undefined)
    throw new RangeError(`no webhook tells of row ${String(id)} of '${name}'`);
  const [projectId = 0, parentId] = [where].flat() as readonly number[];
  const project = existing(world.projects, projectId);
  const shelf = shelfNamed(name);
  const parent = parentOf(world, shelf, { project }, parentId);
  const place: Place = { project, ...(parent === undefined ? {} : { parent }) };
  const object = objectOf(world, shelf, place, entry);
  const { object_attributes: attributes, ...beside } =
    parent === undefined ? {} : besideNote(world, { project }, parent);
  return {
    ...{ event: known.event, flag: known.flag, projectId },
    body: {
      ...commonOf(world, project, known.kind),
      object_attributes: { ...attributesOf(object, projectId), action, ...attributes },
      ...beside,
    },
  };
}

type Parent = NonNullable<Place['parent']>;

function parentOf(
  world: World,
  { below }: Shelf,
  place: Place,
  id: number | undefined,
): Parent | undefined {
  if (below === undefined) return undefined;
  const entry = stackIn(world, below.shelf, place).entries.find((row) => row.id === id);
  if (entry === undefined) throw new RangeError(`'${below.shelf.name}' has no row ${String(id)}`);
  return { shelf: below.shelf, entry };
}

/** What is said of a note's issue or merge request. */
function besideNote(world: World, place: Place, { shelf, entry }: Parent) {
  const { id = null, iid = null } = objectOf(world, shelf, place, entry);
  const isIssue = shelf.name === 'issues';
  return {
    object_attributes: { noteable_type: isIssue ? 'Issue' : 'MergeRequest' },
    [isIssue ? 'issue' : 'merge_request']: { id, iid },
  } as JsonObject & { readonly object_attributes: JsonObject };
}

/** Tells of a job; its commit's id is the pipeline's number. */
export function jobWebhook(world: World, jobId: number): Webhook {
  const projectId = existing(world.jobs, jobId);
  const project = existing(world.projects, projectId);
  const job = project.jobs.find(({ id }) => id === jobId);
  if (job === undefined) throw new RangeError(`there is no job ${String(jobId)}`);
  const {
    id,
    name = null,
    stage = null,
    status = null,
    ref = null,
  } = jobObject(world, project, job);
  return {
    ...{ event: 'Job Hook', flag: 'job_events', projectId },
    body: {
      ...commonOf(world, project, 'build'),
      ...{ ref, build_id: id ?? null, build_name: name, build_stage: stage, build_status: status },
      build_created_at: spoken(job.createdAt),
      build_allow_failure: false,
      project_id: projectId,
      project_name: project.name,
      pipeline_id: job.pipeline,
      commit: { id: job.pipeline, status },
    },
  };
}

/** Tells of a branch that was pushed to, or that is gone. */
export function pushWebhook(world: World, projectId: number, name: string): Webhook {
  const project = existing(world.projects, projectId);
  const branch = project.branches.find((candidate) => candidate.name === name);
  const text =
    branch === undefined
      ? '{}'
      : branchText(world, project, { branch, right: 'can push' }).toString();
  const { commit } = JSON.parse(text) as { readonly commit?: { readonly id: string } };
  return {
    ...{ event: 'Push Hook', flag: 'push_events', projectId },
    body: {
      ...commonOf(world, project, 'push'),
      event_name: 'push',
      before: 'b'.repeat(40),
      after: commit?.id ?? '0'.repeat(40),
      ref: `refs/heads/${name}`,
      checkout_sha: commit?.id ?? null,
      project_id: projectId,
      commits: commit === undefined ? [] : [{ id: commit.id, message: 'change' }],
      total_commits_count: commit === undefined ? 0 : 1,
    },
  };
}

/** Tells of a project as only the instance does: `project_create`, `project_update`, `project_destroy`. */
export function projectWebhook(world: World, project: Project, eventName: string): Webhook {
  return {
    event: 'System Hook',
    flag: 'repository_update_events',
    body: {
      event_name: eventName,
      created_at: instant(project.createdAt),
      updated_at: instant(project.updatedAt),
      name: project.name,
      path: project.path,
      path_with_namespace: projectPath(world, project),
      project_id: project.id,
      project_visibility: project.visibility,
    },
  };
}

function commonOf(world: World, project: Project, kind: string): JsonObject {
  return {
    object_kind: kind,
    event_type: kind,
    user: { id: 1, name: 'Ada', username: 'ada', email: '[REDACTED]' },
    project: {
      id: project.id,
      name: project.name,
      path_with_namespace: projectPath(world, project),
      web_url: `${world.webUrl}/${projectPath(world, project)}`,
    },
  };
}

/** What hooks and the API have in common, with the times of a hook. */
function attributesOf(object: JsonObject, projectId: number): JsonObject {
  const {
    id = null,
    iid,
    title,
    state,
    ref,
    sha,
    status,
    created_at: created,
    updated_at: updated,
  } = object;
  const known = {
    id,
    iid,
    title,
    state,
    ref,
    sha,
    status,
    project_id: projectId,
    target_project_id: object['target_project_id'],
  };
  const times = { created_at: created, updated_at: updated };
  const spokenTimes = Object.entries(times).map(
    ([name, time]) =>
      [name, typeof time === 'string' ? spoken(Date.parse(time)) : undefined] as const,
  );
  return Object.fromEntries(
    [...Object.entries(known), ...spokenTimes].filter(
      (field): field is [string, Exclude<(typeof field)[1], undefined>] => field[1] !== undefined,
    ),
  );
}

/** The forms of time that GitLab uses beside each other. */
function spoken(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function instant(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

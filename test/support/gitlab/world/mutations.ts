import { at, randomOf } from '../random.ts';
import { makeAlert } from './alerts.ts';
import { branchPosition } from './branches.ts';
import { BRANCH_COMMITS } from './commits.ts';
import { FIRST_JOB, nextPlace } from './jobs.ts';
import {
  type Alert,
  type Badge,
  type Branch,
  existing,
  type Job,
  type Project,
  type World,
} from './model.ts';
import { projectPath } from './ownership.ts';
import { touch } from './touch.ts';

/** Adds the newest job of a project. */
export function insertJob(world: World, projectId: number, status = 'success'): Job {
  const project = existing(world.projects, projectId);
  const ordinal = world.clock.nextJob;
  world.clock.nextJob += 1;
  const random = randomOf(world.size.seed, 'inserted job', ordinal);
  const createdAt = touch(world);
  const job: Job = {
    id: FIRST_JOB + 9 * world.size.jobs + 1_000_000 + (ordinal - world.size.jobs),
    ordinal,
    projectId,
    ...nextPlace(project, createdAt),
    userId: random.pick([...world.users.keys()]),
    status,
    createdAt,
    erasedAt: null,
  };
  project.jobs.push(job);
  world.jobs.set(job.id, projectId);
  return job;
}

/** Shows a job that was removed again, as when the transaction that made it ends late. */
export function restoreJob(world: World, job: Job): void {
  const { jobs } = existing(world.projects, job.projectId);
  const older = jobs.filter(({ id }) => id < job.id).length;
  jobs.splice(older, 0, job);
  world.jobs.set(job.id, job.projectId);
  touch(world);
}

/** Gives a job its final status. */
export function finishJob(world: World, jobId: number, status = 'success'): Job {
  return replaceJob(world, jobId, { status });
}

/** Erases a finished job's log and artifacts. */
export function eraseJob(world: World, jobId: number): Job {
  return replaceJob(world, jobId, { erasedAt: world.clock.milliseconds });
}

/** Removes a job, as deleting its pipeline does. */
export function deleteJob(world: World, jobId: number): void {
  const { jobs } = existing(world.projects, existing(world.jobs, jobId));
  jobs.splice(positionOf(jobs, jobId), 1);
  world.jobs.delete(jobId);
  touch(world);
}

/** Adds a branch with a commit of its own. */
export function insertBranch(world: World, projectId: number, name: string): Branch {
  const { branches } = existing(world.projects, projectId);
  const branch = { name, commit: BRANCH_COMMITS + nextId(world), isDefault: false, merged: false };
  branches.splice(branchPosition(branches, name), 0, branch);
  touch(world);
  return branch;
}

/** Moves a branch to a new commit. */
export function moveBranch(world: World, projectId: number, name: string): Branch {
  const { branches } = existing(world.projects, projectId);
  const position = branchPosition(branches, name);
  const branch = { ...at(branches, position), commit: BRANCH_COMMITS + nextId(world) };
  branches[position] = branch;
  touch(world);
  return branch;
}

/** Removes a branch; its name stops being a valid page token. */
export function deleteBranch(world: World, projectId: number, name: string): void {
  const { branches } = existing(world.projects, projectId);
  const position = branchPosition(branches, name);
  if (branches[position]?.name === name) branches.splice(position, 1);
  touch(world);
}

/** Changes the badge with this id, whoever owns it. */
export function updateBadge(
  world: World,
  badgeId: number,
  change: Partial<Omit<Badge, 'id'>>,
): void {
  const edit = (badges: readonly Badge[]): readonly Badge[] =>
    badges.map((badge) => (badge.id === badgeId ? { ...badge, ...change } : badge));
  editBadges(world, badgeId, edit);
}

/** Removes the badge with this id, whoever owns it. */
export function deleteBadge(world: World, badgeId: number): void {
  editBadges(world, badgeId, (badges) => badges.filter(({ id }) => id !== badgeId));
}

/** Adds a badge to a project. */
export function insertBadge(world: World, projectId: number, badge: Omit<Badge, 'id'>): Badge {
  const added = { ...badge, id: nextId(world) };
  replaceProject(world, projectId, ({ badges }) => ({ badges: [...badges, added] }));
  return added;
}

/** Adds the newest alert of a project. */
export function insertAlert(world: World, projectId: number): Alert {
  const project = existing(world.projects, projectId);
  const numbers = { id: nextId(world), iid: (project.alerts[0]?.iid ?? 0) + 1 };
  const origin = { seed: world.size.seed, webUrl: world.webUrl, now: world.clock.milliseconds };
  const alert = makeAlert(origin, project, numbers);
  replaceProject(world, projectId, ({ alerts }) => ({ alerts: [alert, ...alerts] }));
  return alert;
}

/** Changes fields of a project that nothing else depends on. */
export function updateProject(
  world: World,
  projectId: number,
  change: Partial<
    Pick<
      Project,
      | 'name'
      | 'description'
      | 'archived'
      | 'visibility'
      | 'topics'
      | 'customAttributes'
      | 'accessRequests'
    >
  >,
): void {
  replaceProject(world, projectId, () => change);
}

/** Gives a project another path; requests for the old one are sent to its id. */
export function renameProject(world: World, projectId: number, path: string): void {
  const project = existing(world.projects, projectId);
  world.formerPaths.set(projectPath(world, project), projectId);
  replaceProject(world, projectId, () => ({ path, name: path }));
}

/** Removes a project with everything in it. */
export function deleteProject(world: World, projectId: number): void {
  for (const job of existing(world.projects, projectId).jobs) world.jobs.delete(job.id);
  world.projects.delete(projectId);
  touch(world);
}

/** Adds an empty project to a group. */
export function insertProject(world: World, groupId: number, path: string): Project {
  const model = at([...world.projects.values()], 0);
  const project: Project = {
    ...model,
    id: nextId(world),
    groupId,
    path,
    name: path,
    createdAt: touch(world),
    customAttributes: [],
    accessRequests: [],
    badges: [],
    alerts: [],
    jobs: [],
    pipelines: [],
    branches: [],
  };
  world.projects.set(project.id, project);
  return project;
}

function replaceJob(world: World, jobId: number, change: Partial<Job>): Job {
  const { jobs } = existing(world.projects, existing(world.jobs, jobId));
  const position = positionOf(jobs, jobId);
  const job = { ...at(jobs, position), ...change };
  jobs[position] = job;
  touch(world);
  return job;
}

function positionOf(jobs: readonly Job[], jobId: number): number {
  return jobs.findIndex(({ id }) => id === jobId);
}

function replaceProject(
  world: World,
  projectId: number,
  edit: (project: Project) => Partial<Project>,
): void {
  const project = existing(world.projects, projectId);
  const updatedAt = touch(world);
  world.projects.set(projectId, {
    ...project,
    updatedAt,
    lastActivityAt: updatedAt,
    ...edit(project),
  });
}

function editBadges(
  world: World,
  badgeId: number,
  edit: (badges: readonly Badge[]) => readonly Badge[],
): void {
  const owns = ({ badges }: Pick<Project, 'badges'>): boolean =>
    badges.some(({ id }) => id === badgeId);
  for (const group of world.groups.values()) {
    if (owns(group)) world.groups.set(group.id, { ...group, badges: edit(group.badges) });
  }
  for (const project of world.projects.values()) {
    if (owns(project)) world.projects.set(project.id, { ...project, badges: edit(project.badges) });
  }
  touch(world);
}

function nextId(world: World): number {
  world.clock.nextId += 1;
  return world.clock.nextId;
}

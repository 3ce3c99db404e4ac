import type { Random } from '../../test/support/gitlab/random.ts';
import type { SimulatedGitlab } from '../../test/support/gitlab/server.ts';
import {
  deleteRow,
  insertRow,
  rowsIn,
  updateRow,
} from '../../test/support/gitlab/shelves/mutations.ts';
import { finishJob, insertJob } from '../../test/support/gitlab/world/mutations.ts';
import type { Entry } from '../../test/support/gitlab/world/stock.ts';

/** The tables that the changes below reach. */
export const TABLES = ['api_entities_issue', 'api_entities_job', 'api_entities_release'] as const;

/** What the simulated GitLab keeps on shelves of it. */
export const SHELVES = ['issues', 'releases'] as const;

/** The resources that fill them. */
export const RESOURCES = ['projects', 'issues', 'jobs', 'releases'] as const;

/** Changes something in GitLab, mostly issues, and returns what its hook says. */
export function change(gitlab: SimulatedGitlab, random: Random, title: string): object {
  const drawn = random.fraction();
  if (drawn < 0.6) return renameIssue(gitlab, random, title);
  if (drawn < 0.7) return openIssue(gitlab, random, title);
  if (drawn < 0.8) return startJob(gitlab, random);
  if (drawn < 0.9) return endJob(gitlab, random);
  return drawn < 0.95 ? addRelease(gitlab, random) : dropRelease(gitlab, random);
}

/** Gives an issue another title. */
export function renameIssue({ world }: SimulatedGitlab, random: Random, title: string): object {
  const project = random.pick([...world.projects.keys()]);
  const issues = rowsIn(world, 'issues', project);
  if (issues.length === 0) return openIssueIn(world, project, title);
  const entry = updateRow(
    world,
    { name: 'issues', where: project, id: random.pick(issues).id },
    { title },
  );
  return issueFacts(project, entry, { action: 'update', title });
}

function openIssue({ world }: SimulatedGitlab, random: Random, title: string): object {
  return openIssueIn(world, random.pick([...world.projects.keys()]), title);
}

type World = SimulatedGitlab['world'];

function openIssueIn(world: World, project: number, title: string): object {
  const entry = insertRow(world, 'issues', project, { title });
  return issueFacts(project, entry, { action: 'open', title });
}

function issueFacts(project: number, { id, ordinal }: Entry, more: object): object {
  return {
    object_kind: 'issue',
    event_type: 'issue',
    project: { id: project },
    object_attributes: { id, iid: ordinal + 1, project_id: project, ...more },
  };
}

function startJob({ world }: SimulatedGitlab, random: Random): object {
  const { id, projectId, status } = insertJob(
    world,
    random.pick([...world.projects.keys()]),
    'running',
  );
  return jobFacts(projectId, id, status);
}

function endJob({ world }: SimulatedGitlab, random: Random): object {
  const { id, projectId, status } = finishJob(
    world,
    random.pick([...world.jobs.keys()]),
    random.pick(['success', 'failed']),
  );
  return jobFacts(projectId, id, status);
}

function jobFacts(project: number, id: number, status: string): object {
  return { object_kind: 'build', build_id: id, build_status: status, project_id: project };
}

function addRelease({ world }: SimulatedGitlab, random: Random): object {
  const project = random.pick([...world.projects.keys()]);
  return releaseFacts(project, insertRow(world, 'releases', project), 'create');
}

function dropRelease(gitlab: SimulatedGitlab, random: Random): object {
  const { world } = gitlab;
  const project = random.pick([...world.projects.keys()]);
  const releases = rowsIn(world, 'releases', project);
  if (releases.length === 0) return addRelease(gitlab, random);
  const { id } = random.pick(releases);
  return releaseFacts(
    project,
    deleteRow(world, { name: 'releases', where: project, id }),
    'delete',
  );
}

function releaseFacts(project: number, { ordinal }: Entry, action: string): object {
  return {
    object_kind: 'release',
    action,
    tag: `v1.${ordinal.toString()}.0`,
    project: { id: project },
  };
}

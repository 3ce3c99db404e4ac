import type { Random } from '../../test/support/gitlab/random.ts';
import { randomOf } from '../../test/support/gitlab/random.ts';
import { type SimulatedGitlab, startGitlab } from '../../test/support/gitlab/server.ts';
import type { Truth } from '../../test/support/gitlab/truthRows.ts';
import { makeWorld } from '../../test/support/gitlab/world.ts';
import { isUnfinished } from '../../test/support/gitlab/world/jobObject.ts';
import type { Job, Project, World } from '../../test/support/gitlab/world/model.ts';
import {
  finishJob,
  insertAlert,
  insertBranch,
  insertJob,
  moveBranch,
  restoreJob,
  updateBadge,
  updateProject,
} from '../../test/support/gitlab/world/mutations.ts';
import { hideLateJob, hideLateRows } from './lateRows.ts';
import { addShelfRows, shelfChanges, SHELVES } from './shelfRows.ts';

const WORLD = {
  seed: 11,
  projects: 3,
  jobs: 130,
  branches: 24,
  users: 6,
  alerts: 4,
} as const;

/** Milliseconds that the simulated GitLab takes for each answer, so that processes overlap. */
const LATENCY_MILLISECONDS = 4;

/** Starts a GitLab with the world of every trial; its clock is the world's. */
export function startTrialGitlab(): Promise<SimulatedGitlab> {
  const world = makeWorld(WORLD);
  addShelfRows(world);
  const now = (): number => world.clock.milliseconds;
  return startGitlab({ world, now, latencyMilliseconds: LATENCY_MILLISECONDS });
}

/** What a trial loads: lists by cursor and by change, whole lists, lists by GraphQL, and children of stored rows. */
export const RESOURCES = [
  'projects',
  'jobs',
  'branches',
  'project_badges',
  'alerts',
  'metric_images',
  ...SHELVES,
];

const TABLES = [
  'api_entities_project',
  'api_entities_job',
  'api_entities_branch',
  'api_entities_alert_management_alert',
  'api_entities_metric_image',
  'api_entities_issue',
  'api_entities_label',
] as const;

/** The rows that a complete load of those resources leaves. */
export function truthOf(gitlab: SimulatedGitlab): Truth {
  const truth = gitlab.truth('admin', { shelves: SHELVES });
  const { api_entities_badge = [] } = truth;
  return {
    ...Object.fromEntries(TABLES.map((table) => [table, truth[table] ?? []])),
    api_entities_badge: api_entities_badge.filter(({ key }) => 'project_id' in key),
  };
}

/** Changes a world while it is read. */
export interface Churn {
  /** Jobs whose id is older than ids which were visible before them. */
  readonly late: ReadonlySet<number>;
  /** Shows what was to be hidden for a while and changes nothing any more. */
  stop(): void;
  /** Shows what has been hidden since the beginning: below the cursors of all scans that have ended. */
  showLate(): void;
}

const CHANCE = 0.35;
const MOST_CHANGES = 60;

/** Lets the world change before every third answer or so, until it is stopped. */
export function startChurn(gitlab: SimulatedGitlab, random: Random): Churn {
  const lateRows = hideLateRows(gitlab.world, random);
  const late = new Set([lateRows.job]);
  const hidden: Job[] = [];
  let left = MOST_CHANGES;
  const run = (): void => {
    if (left === 0 || !random.chance(CHANCE)) return;
    left -= 1;
    change(gitlab.world, random, { late, hidden });
  };
  gitlab.faults.add({ match: {}, respond: { run } });
  return {
    late,
    stop: () => {
      left = 0;
      for (const job of hidden.splice(0)) restoreJob(gitlab.world, job);
    },
    showLate: () => {
      lateRows.show();
    },
  };
}

interface Slow {
  readonly late: Set<number>;
  readonly hidden: Job[];
}

function change(world: World, random: Random, slow: Slow): void {
  const project = random.pick([...world.projects.values()]);
  const changes: readonly (() => void)[] = [
    () => insertJob(world, project.id, random.pick(['success', 'running', 'pending'])),
    () => finishOne(world, project, random),
    () => finishOne(world, project, random),
    () => moveLateJob(world, project, slow),
    () => moveLateJob(world, project, slow),
    () => insertBranch(world, project.id, `chaos-${world.clock.version.toString()}`),
    () => moveSomeBranch(world, project, random),
    () => markProject(world, project),
    () => insertAlert(world, project.id),
    () => renameSomeBadge(world, project, random),
    ...shelfChanges(world, project.id, random),
  ];
  random.pick(changes)();
}

function finishOne(world: World, { jobs }: Project, random: Random): void {
  const unfinished = jobs.filter(isUnfinished);
  if (unfinished.length > 0)
    finishJob(world, random.pick(unfinished).id, random.pick(['success', 'failed']));
}

/** A job gets its id, a newer one is visible at once, and the first only some changes later. */
function moveLateJob(world: World, project: Project, { late, hidden }: Slow): void {
  const shown = hidden.shift();
  if (shown !== undefined) {
    restoreJob(world, shown);
    return;
  }
  const job = hideLateJob(world, project.id);
  late.add(job.id);
  hidden.push(job);
}

function moveSomeBranch(world: World, { id, branches }: Project, random: Random): void {
  if (branches.length > 0) moveBranch(world, id, random.pick(branches).name);
}

/** Row and child rows of a marked project name the same number. */
function markProject(world: World, { id }: Project): void {
  const number = world.clock.version;
  const topics = Array.from({ length: 1 + (number % 3) }, () => `mark ${number.toString()}`);
  updateProject(world, id, { description: `mark ${number.toString()}`, topics });
}

function renameSomeBadge(world: World, { badges }: Project, random: Random): void {
  if (badges.length > 0)
    updateBadge(world, random.pick(badges).id, { name: `badge ${world.clock.version.toString()}` });
}

/** The stream of one trial's decisions. */
export function randomOfTrial(seed: number, trial: number, name: string): Random {
  return randomOf(seed, 'chaos', trial, name);
}

import { at, type Random, randomOf, unevenShares } from '../random.ts';
import { DAY } from '../time.ts';
import { JOBS_PER_PIPELINE } from './commits.ts';
import type { Beginning, Job, Project, WorldSize } from './model.ts';

/** Ids begin beyond 32 bits, as on gitlab.com. */
export const FIRST_JOB = 4_300_000_000;
/** Statuses of jobs that will still change. */
export const UNFINISHED = ['created', 'pending', 'running', 'manual'] as const;
/** Every status that a job can have and a request can ask for. */
export const STATUSES: readonly string[] = [
  ...UNFINISHED,
  'success',
  'failed',
  'canceled',
  'canceling',
  'skipped',
  'scheduled',
  'preparing',
  'waiting_for_resource',
  'waiting_for_callback',
];

/** Spreads the jobs over the projects; ids grow with time over the whole instance. */
export function fillJobs(
  { size, users, now }: Beginning,
  projects: readonly Project[],
): Map<number, number> {
  const random = randomOf(size.seed, 'jobs');
  const queue = shuffledOwners(size, projects, random);
  const jobs = new Map<number, number>();
  const span = 180 * DAY;
  let id = FIRST_JOB;
  for (const [ordinal, owner] of queue.entries()) {
    id += random.integer(1, 9);
    const project = at(projects, owner);
    const createdAt = now - span + Math.floor((span * ordinal) / queue.length);
    const job: Job = {
      id,
      ordinal,
      projectId: project.id,
      ...nextPlace(project, createdAt),
      userId: random.chance(0.005) ? null : random.pick(users).id,
      status: initialStatus(random, ordinal / queue.length),
      createdAt,
      erasedAt: random.chance(0.01) ? now - random.integer(0, 20) * 3_600_000 : null,
    };
    project.jobs.push(job);
    jobs.set(id, project.id);
  }
  return jobs;
}

/** The pipeline that a project's next job belongs to; begins a new one when the last is full. */
export function nextPlace(project: Project, createdAt: number): Pick<Job, 'pipeline' | 'position'> {
  const last = project.jobs.at(-1);
  if (last !== undefined && last.position + 1 < JOBS_PER_PIPELINE)
    return { pipeline: last.pipeline, position: last.position + 1 };
  project.pipelines.push(createdAt - 5000);
  return { pipeline: project.pipelines.length - 1, position: 0 };
}

function shuffledOwners(
  size: WorldSize,
  projects: readonly Project[],
  random: Random,
): Uint32Array {
  const owners = new Uint32Array(projects.length === 0 ? 0 : size.jobs);
  let filled = 0;
  for (const [index, share] of unevenShares(owners.length, projects.length, random).entries()) {
    owners.fill(index, filled, filled + share);
    filled += share;
  }
  for (let index = owners.length - 1; index > 0; index -= 1) {
    const other = random.integer(0, index);
    const kept = owners[index] ?? 0;
    owners[index] = owners[other] ?? 0;
    owners[other] = kept;
  }
  return owners;
}

function initialStatus(random: Random, age: number): string {
  const draw = random.fraction();
  if (age > 0.97 && draw < 0.5) return random.pick(UNFINISHED);
  if (draw < 0.025) return 'manual';
  if (draw < 0.8) return 'success';
  if (draw < 0.93) return 'failed';
  return draw < 0.97 ? 'skipped' : 'canceled';
}

import { ROLE } from '../access.ts';
import { type Context, integerParameter, projectOf, requireProjectRole } from '../context.ts';
import {
  cursorOf,
  encodeCursor,
  keysetRefused,
  linkHeader,
  offsetPage,
  perPage,
} from '../pagination.ts';
import { jsonList, refuse, reject, type Reply } from '../reply.ts';
import { jobText } from '../world/jobObject.ts';
import { STATUSES } from '../world/jobs.ts';
import type { Job, Project } from '../world/model.ts';

/** Jobs of a project, newest first: by offset without totals, or by keyset on the id. */
export function listJobs(context: Context): Reply {
  const project = projectOf(context);
  requireProjectRole(context, project, ROLE.reporter);
  const scope = scopeOf(context);
  if (context.query.get('pagination') === 'keyset') return keysetJobs(context, project, scope);
  const jobs =
    scope === undefined ? project.jobs : project.jobs.filter(({ status }) => scope.has(status));
  return offsetPage(context, {
    total: jobs.length,
    slice: (from, to) => newest(jobs, from, to).map((job) => jobText(context.world, project, job)),
    totals: 'never',
    limitedType: 'Ci::Build',
  });
}

/** One job of a project. */
export function showJob(context: Context): Reply {
  const project = projectOf(context);
  requireProjectRole(context, project, ROLE.reporter);
  const job = project.jobs[jobPosition(project.jobs, integerParameter(context, 'job_id'))];
  if (job?.id !== integerParameter(context, 'job_id')) throw refuse(404, '404 Not found');
  return {
    status: 200,
    headers: { 'Content-Type': 'application/json' },
    body: jobText(context.world, project, job),
  };
}

/** The position of the first job whose id is not lower. */
export function jobPosition(jobs: readonly Job[], id: number): number {
  let low = 0;
  let high = jobs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((jobs[middle]?.id ?? 0) < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

function keysetJobs(
  context: Context,
  project: Project,
  scope: ReadonlySet<string> | undefined,
): Reply {
  const { query, world } = context;
  if ((query.get('order_by') ?? 'id') !== 'id' || (query.get('sort') ?? 'desc') !== 'desc')
    throw keysetRefused();
  const size = perPage(context);
  const cursor = cursorOf(context);
  const before =
    cursor === undefined ? project.jobs.length : jobPosition(project.jobs, cursorId(cursor['id']));
  const page = descending(project.jobs, { before, count: size + 1, scope });
  const shown = page.slice(0, size);
  const last = shown.at(-1);
  const hasNext = page.length > size && last !== undefined;
  const next = hasNext
    ? [['next', { cursor: encodeCursor({ id: String(last.id) }) }] as const]
    : [];
  return jsonList(
    shown.map((job) => jobText(world, project, job)),
    linkHeader(context, next),
  );
}

function cursorId(value: unknown): number {
  if (typeof value !== 'string' || !/^\d+$/u.test(value)) throw reject(400, 'cursor is invalid');
  return Number(value);
}

interface Walk {
  readonly before: number;
  readonly count: number;
  readonly scope: ReadonlySet<string> | undefined;
}

function descending(jobs: readonly Job[], { before, count, scope }: Walk): readonly Job[] {
  const found: Job[] = [];
  for (let index = before - 1; index >= 0 && found.length < count; index -= 1) {
    const job = jobs[index];
    if (job !== undefined && (scope === undefined || scope.has(job.status))) found.push(job);
  }
  return found;
}

function newest(jobs: readonly Job[], from: number, to: number): readonly Job[] {
  const end = Math.max(0, jobs.length - from);
  return jobs.slice(Math.max(0, jobs.length - to), end).reverse();
}

function scopeOf(context: Context): ReadonlySet<string> | undefined {
  const words = [...context.query.getAll('scope'), ...context.query.getAll('scope[]')];
  if (words.some((status) => !STATUSES.includes(status)))
    throw reject(400, 'scope does not have a valid value');
  return words.length === 0 ? undefined : new Set(words);
}

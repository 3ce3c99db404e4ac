import { type JsonObject, shared } from '../json.ts';
import { type Random, randomOf } from '../random.ts';
import { DAY, utc, zoned } from '../time.ts';
import type { Project, User, World } from './model.ts';
import { remember } from './model.ts';
import { projectPath } from './ownership.ts';

/** Jobs that belong to one pipeline. */
export const JOBS_PER_PIPELINE = 6;
/** Numbers from here on are commits of branches; those below belong to pipelines. */
export const BRANCH_COMMITS = 10_000_000;

const VERBS = [
  'Fix',
  'Add',
  'Remove',
  'Speed up',
  'Document',
  'Refactor',
  'Übersetze',
  'Revert "Add',
] as const;
const SUBJECTS = [
  'login form',
  'cache headers',
  'naïve sorting',
  'e-mail 📧 templates',
  'retry loop',
  '"quoted" names',
] as const;
const OFFSETS = [0, 60, 120, -420, 330] as const;

/** A commit and the e-mail addresses in it. */
export interface Commit {
  readonly sha: string;
  readonly emails: readonly [string, string];
  readonly source: JsonObject;
}

interface Drawer {
  readonly path: string;
  readonly commits: Map<number, Commit>;
  readonly pipelines: Map<number, JsonObject>;
}

const drawers = new WeakMap<Project['jobs'], Drawer>();

/** The commit with this number in the project; equal numbers give the same commit. */
export function commitOf(world: World, project: Project, number: number): Commit {
  const { commits } = drawerOf(world, project);
  const known = commits.get(number);
  if (known !== undefined) return known;
  const commit = makeCommit(world, project, number);
  commits.set(number, commit);
  return commit;
}

/** The pipeline with this number in the project as jobs show it. */
export function pipelineOf(world: World, project: Project, number: number): JsonObject {
  const { pipelines } = drawerOf(world, project);
  const known = pipelines.get(number);
  if (known !== undefined) return known;
  const pipeline = makePipeline(world, project, number);
  pipelines.set(number, pipeline);
  return pipeline;
}

/** The branch that a pipeline ran for. */
export function refOf(world: World, project: Project, pipeline: number): string {
  const random = randomOf(world.size.seed, 'ref', project.id, pipeline);
  if (random.chance(0.5)) return project.defaultBranch ?? 'main';
  return random.pick(['feature/thing', 'fix/#12-größe', 'release/2.x', 'v1.4.0']);
}

function drawerOf(world: World, project: Project): Drawer {
  const path = projectPath(world, project);
  const known = drawers.get(project.jobs);
  if (known?.path === path) return known;
  const drawer = {
    path,
    commits: new Map<number, Commit>(),
    pipelines: new Map<number, JsonObject>(),
  };
  drawers.set(project.jobs, drawer);
  return drawer;
}

function makeCommit(world: World, project: Project, number: number): Commit {
  const random = randomOf(world.size.seed, 'commit', project.id, number);
  const people = remember(world, 'people', () => [...world.users.values()]);
  const author = random.pick(people);
  const committer: User = random.chance(0.8) ? author : random.pick(people);
  const until =
    project.pipelines[number] ?? world.clock.milliseconds - random.integer(0, 300) * DAY;
  const authored = until - random.integer(120_000, DAY);
  const offset = random.pick(OFFSETS);
  const sha = random.hex(40);
  const title = `${random.pick(VERBS)} ${random.pick(SUBJECTS)} (#${String(number % 1000)})`;
  const source = shared({
    id: sha,
    short_id: sha.slice(0, 8),
    created_at: zoned(authored + 60_000, offset),
    parent_ids: parents(random, number),
    title,
    message: `${title}\n\nLonger text, with a\ttab, “quotes” and a backslash \\ in it.\n`,
    author_name: author.name,
    author_email: author.commitEmail,
    authored_date: zoned(authored, offset),
    committer_name: committer.name,
    committer_email: committer.commitEmail,
    committed_date: zoned(authored + 60_000, offset),
    trailers: number % 5 === 0 ? { 'Signed-off-by': `${author.name} <${author.commitEmail}>` } : {},
    extended_trailers:
      number % 5 === 0 ? { 'Signed-off-by': [`${author.name} <${author.commitEmail}>`] } : {},
    web_url: `${world.webUrl}/${projectPath(world, project)}/-/commit/${sha}`,
  });
  return { sha, emails: [author.commitEmail, committer.commitEmail], source };
}

function parents(random: Random, number: number): readonly string[] {
  if (number === 0) return [];
  return random.chance(0.1) ? [random.hex(40), random.hex(40)] : [random.hex(40)];
}

function makePipeline(world: World, project: Project, number: number): JsonObject {
  const random = randomOf(world.size.seed, 'pipeline', project.id, number);
  const id = 1_000_000_000 + project.id * 100_000 + number;
  const createdAt = project.pipelines[number] ?? project.createdAt;
  return shared({
    id,
    iid: number + 1,
    project_id: project.id,
    sha: commitOf(world, project, number).sha,
    ref: refOf(world, project, number),
    status: random.chance(0.8) ? 'success' : random.pick(['failed', 'running', 'canceled']),
    source: random.pick(['push', 'merge_request_event', 'schedule', 'web']),
    created_at: utc(createdAt),
    updated_at: utc(createdAt + random.integer(30_000, 3_000_000)),
    web_url: `${world.webUrl}/${projectPath(world, project)}/-/pipelines/${String(id)}`,
  });
}

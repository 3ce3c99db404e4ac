import { float, type Json, type JsonObject, serialize, shared } from '../json.ts';
import { type Random, randomOf } from '../random.ts';
import { DAY, utc } from '../time.ts';
import { commitOf, pipelineOf, refOf } from './commits.ts';
import { UNFINISHED } from './jobs.ts';
import { existing, type Job, type Project, type World } from './model.ts';
import { projectPath } from './ownership.ts';
import { publicUser } from './users.ts';

const STEPS = [
  { stage: 'build', name: 'compile' },
  { stage: 'test', name: 'rspec unit 1/2' },
  { stage: 'test', name: 'rspec unit 2/2' },
  { stage: 'test', name: 'lint: ["ünïcode", 1]' },
  { stage: 'package', name: 'docker image 🐳' },
  { stage: 'deploy', name: 'production' },
] as const;
const FAILURES = ['script_failure', 'stuck_or_timeout_failure', 'runner_system_failure'] as const;
const NOT_STARTED: readonly string[] = ['created', 'pending', 'manual', 'skipped'];
const BIGGEST_INTEGER = 9223372036854775807n;

interface Timing {
  readonly started: number | null;
  readonly finished: number | null;
  readonly duration: number | null;
  readonly queued: number | null;
}

interface Text {
  readonly path: string;
  readonly text: Buffer;
}

const texts = new WeakMap<Job, Text>();
let cachedBytes = 0;
const CACHE_LIMIT_BYTES = 400_000_000;

/** The job as GitLab lists it, as bytes; made once per state of the job. */
export function jobText(world: World, project: Project, job: Job): Buffer {
  const path = projectPath(world, project);
  const known = texts.get(job);
  if (known?.path === path) return known.text;
  const text = Buffer.from(serialize(jobObject(world, project, job)));
  if (cachedBytes < CACHE_LIMIT_BYTES) {
    cachedBytes += text.length;
    texts.set(job, { path, text });
  }
  return text;
}

/** The job as GitLab lists it. */
export function jobObject(world: World, project: Project, job: Job): JsonObject {
  const random = randomOf(world.size.seed, 'job', job.ordinal);
  const step = STEPS[job.position] ?? STEPS[0];
  const timing = timingOf(job, random);
  const ref = refOf(world, project, job.pipeline);
  return {
    id: job.id,
    status: job.status,
    stage: step.stage,
    name: step.name,
    ref,
    tag: ref === 'v1.4.0',
    coverage: coverage(job, random),
    allow_failure: job.status === 'manual' || random.chance(0.1),
    created_at: utc(job.createdAt),
    started_at: time(timing.started),
    finished_at: time(timing.finished),
    erased_at: timing.finished === null ? null : time(job.erasedAt),
    duration: seconds(timing.duration),
    queued_duration: seconds(timing.queued),
    user: starter(world, job),
    commit: commitOf(world, project, job.pipeline).source,
    pipeline: pipelineOf(world, project, job.pipeline),
    ...failure(job, random),
    web_url: `${world.webUrl}/${projectPath(world, project)}/-/jobs/${String(job.id)}`,
    project: { ci_job_token_scope_enabled: false },
    ...artifacts(job, timing, random),
    ...runnerOf(world, job, timing),
    artifacts_expire_at: timing.finished === null ? null : utc(timing.finished + 30 * DAY),
    archived: false,
    tag_list: random.chance(0.4) ? ['docker', 'größe: L'] : [],
  };
}

/** True while GitLab will still change the job. */
export function isUnfinished(job: Job): boolean {
  return (UNFINISHED as readonly string[]).includes(job.status);
}

function timingOf(job: Job, random: Random): Timing {
  const queued = Math.round(random.fraction() * 90_000) / 1000;
  const whole = random.integer(1, 600);
  const duration = random.chance(0.3) ? whole : whole + Math.round(random.fraction() * 1e6) / 1e6;
  if (job.status === 'pending') return { started: null, finished: null, duration: null, queued };
  if (NOT_STARTED.includes(job.status))
    return { started: null, finished: null, duration: null, queued: null };
  const started = job.createdAt + Math.round(queued * 1000);
  if (job.status === 'running') return { started, finished: null, duration, queued };
  return { started, finished: started + Math.round(duration * 1000), duration, queued };
}

function starter(world: World, job: Job): JsonObject | null {
  const user = job.userId === null ? undefined : world.users.get(job.userId);
  return user === undefined ? null : publicUser(world, user);
}

function failure(job: Job, random: Random): JsonObject {
  const reason = random.pick(FAILURES);
  return job.status === 'failed' ? { failure_reason: reason } : {};
}

function seconds(value: number | null): Json {
  return value === null ? null : float(value);
}

function time(milliseconds: number | null): string | null {
  return milliseconds === null ? null : utc(milliseconds);
}

function coverage(job: Job, random: Random): Json {
  const percent = random.integer(0, 400) / 4;
  if (job.status !== 'success' || job.position === 0 || job.position > 2) return null;
  return float(percent);
}

function artifacts(job: Job, timing: Timing, random: Random): JsonObject {
  if (timing.started === null) return { artifacts: [] };
  const trace = {
    file_type: 'trace',
    size: random.integer(200, 90_000),
    filename: 'job.log',
    file_format: null,
  };
  if (job.position !== 0 || timing.finished === null) return { artifacts: [trace] };
  const size = job.ordinal % 2000 < 6 ? BIGGEST_INTEGER : random.integer(1_000, 40_000_000);
  return {
    artifacts_file: { filename: 'artifacts.zip', size },
    artifacts: [
      { file_type: 'archive', size, filename: 'artifacts.zip', file_format: 'zip' },
      { file_type: 'metadata', size: 186, filename: 'metadata.gz', file_format: 'gzip' },
      trace,
    ],
  };
}

const runners = new WeakMap<World, readonly JsonObject[]>();

function runnerOf(world: World, job: Job, timing: Timing): JsonObject {
  const fleet = runners.get(world) ?? makeRunners(world);
  runners.set(world, fleet);
  if (timing.started === null) return { runner: null, runner_manager: null };
  return fleet[job.ordinal % fleet.length] ?? {};
}

function makeRunners(world: World): readonly JsonObject[] {
  const born = existing(world.users, 1).createdAt;
  return Array.from({ length: 7 }, (_, index) => {
    const random = randomOf(world.size.seed, 'runner', index);
    const presence = { status: index === 6 ? 'offline' : 'online', job_execution_status: 'idle' };
    return {
      runner: shared({
        id: 40 + index,
        description: `shared-runner-${String(index)}`,
        ip_address: null,
        active: true,
        paused: false,
        is_shared: index < 5,
        runner_type: index < 5 ? 'instance_type' : 'project_type',
        name: 'gitlab-runner',
        online: index !== 6,
        created_by: null,
        created_at: utc(born + index * DAY),
        ...presence,
      }),
      runner_manager: shared({
        id: 90 + index,
        system_id: `s_${random.hex(12)}`,
        version: '18.5.0',
        revision: random.hex(8),
        platform: 'linux',
        architecture: index % 2 === 0 ? 'amd64' : 'arm64',
        created_at: utc(born + index * DAY),
        contacted_at: utc(born + 400 * DAY),
        ip_address: `10.0.0.${String(index + 4)}`,
        ...presence,
      }),
    };
  });
}

import { ROLE } from '../access.ts';
import { float, type JsonObject } from '../json.ts';
import { DAY, utc } from '../time.ts';
import { webUrl } from './objects.ts';
import { instants, somebody } from './parts.ts';
import { pipelines } from './pipelines.ts';
import { defineShelf, type Making, parentIn, projectIn } from './shelf.ts';

const belowPipelines = {
  scope: 'project',
  below: { shelf: pipelines, field: 'id', column: 'pipeline_id' },
  role: ROLE.reporter,
  series: 0,
} as const;

/** Jobs that start pipelines elsewhere. */
export const bridges = defineShelf({
  ...belowPipelines,
  name: 'bridges',
  path: 'projects/:id/pipelines/:parent/bridges',
  table: 'api_entities_bridge',
  key: ['id'],
  size: 0.3,
  make: bridgeObject,
});

/** What the tests of a pipeline said. */
export const testReportSummaries = defineShelf({
  ...belowPipelines,
  name: 'test_report_summaries',
  path: 'projects/:id/pipelines/:parent/test_report_summary',
  table: 'api_entities_test_report_summary',
  key: ['project_id', 'pipeline_id'],
  size: 'one',
  make: summaryObject,
});

/** Pipelines that start by the clock. */
export const pipelineSchedules = defineShelf({
  name: 'pipeline_schedules',
  path: 'projects/:id/pipeline_schedules',
  single: 'id',
  table: 'api_entities_pipeline_schedule',
  key: ['id'],
  scope: 'project',
  role: ROLE.reporter,
  size: 0.7,
  series: 5,
  make: ({ world, entry, random }) => ({
    id: entry.id,
    description: 'Every night 🌙',
    ref: 'main',
    cron: `${String(random.integer(0, 59))} 4 * * *`,
    cron_timezone: 'Europe/Stockholm',
    next_run_at: utc(entry.updatedAt + DAY),
    active: random.chance(0.8),
    ...instants(entry),
    owner: somebody(world, random),
    inputs: [],
  }),
});

/** Tokens that start pipelines. */
export const triggers = defineShelf({
  name: 'triggers',
  path: 'projects/:id/triggers',
  single: 'id',
  table: 'api_entities_trigger',
  key: ['id'],
  scope: 'project',
  role: ROLE.maintainer,
  size: 0.5,
  series: 6,
  make: ({ world, entry, random }) => ({
    id: entry.id,
    token: `glptt-${random.hex(40)}`,
    description: 'From “outside”',
    ...instants(entry),
    last_used: random.chance(0.5) ? utc(entry.updatedAt) : null,
    expires_at: null,
    owner: somebody(world, random),
  }),
});

function bridgeObject({ world, place, entry, random }: Making): JsonObject {
  const { id } = parentIn(place);
  const pipeline = (number: number): JsonObject => ({
    id: number,
    iid: 1,
    project_id: projectIn(place).id,
    sha: random.hex(40),
    ref: 'main',
    status: 'success',
    source: 'pipeline',
    ...instants(entry),
    web_url: `${webUrl(world, place)}/-/pipelines/${String(number)}`,
  });
  return {
    id: entry.id,
    status: random.pick(['success', 'failed']),
    stage: 'deploy',
    name: `child ${String(entry.ordinal)}`,
    ref: 'main',
    tag: false,
    coverage: null,
    allow_failure: random.chance(0.2),
    created_at: utc(entry.createdAt),
    started_at: utc(entry.createdAt + 1000),
    finished_at: utc(entry.createdAt + 61_500),
    erased_at: null,
    duration: float(60.5),
    queued_duration: float(1),
    user: somebody(world, random),
    commit: null,
    pipeline: pipeline(id),
    failure_reason: null,
    web_url: `${webUrl(world, place)}/-/jobs/${String(entry.id)}`,
    project: { ci_job_token_scope_enabled: false },
    downstream_pipeline: random.chance(0.7) ? pipeline(id + 1) : null,
  };
}

function summaryObject({ random }: Making): JsonObject {
  const suites = Array.from({ length: random.integer(0, 2) }, (_, index) => ({
    name: `rspec ${String(index)}`,
    total_time: float(random.integer(1, 900) / 10),
    total_count: 12,
    success_count: 10,
    failed_count: 1,
    skipped_count: 1,
    error_count: 0,
    build_ids: [4_300_000_000 + random.integer(1, 900)],
    suite_error: null,
  }));
  const count = suites.length;
  return {
    total: {
      time: float(count * 4.5),
      count: count * 12,
      success: count * 10,
      failed: count,
      skipped: count,
      error: 0,
      suite_error: null,
    },
    test_suites: suites,
  };
}

import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { Plain } from '../json.ts';
import { shelfNamed } from '../shelves/all.ts';
import { truth } from '../truth.ts';
import type { TruthRow } from '../truthRows.ts';
import { makeWorld } from '../world.ts';

/** Objects as GitLab showed them, kept beside the project. */
const EXAMPLES = resolve(process.cwd(), '../shared/gitlab-examples');

/** An example, and fields of it that a list does not show or that versions of today have no more. */
interface Example {
  readonly file: string;
  readonly shelf: string;
  readonly elsewhere?: readonly string[];
}

const LISTED: readonly Example[] = [
  { file: 'issue', shelf: 'issues', elsewhere: ['subscribed'] },
  { file: 'issue-discussions', shelf: 'issue_discussions' },
  { file: 'label-events', shelf: 'issue_label_events' },
  {
    file: 'merge-request',
    shelf: 'merge_requests',
    elsewhere: [
      'merge_error',
      'diff_refs',
      'diverged_commits_count',
      'latest_build_started_at',
      'latest_build_finished_at',
      'head_pipeline',
    ],
  },
  { file: 'merge-request-note', shelf: 'merge_request_notes' },
  { file: 'merge-request-discussions', shelf: 'merge_request_discussions' },
  { file: 'label-events', shelf: 'merge_request_label_events' },
  { file: 'approvals', shelf: 'merge_request_approvals' },
  {
    file: 'pipeline',
    shelf: 'pipelines',
    elsewhere: [
      'before_sha',
      'tag',
      'yaml_errors',
      'user',
      'finished_at',
      'duration',
      'queued_duration',
      'detailed_status',
      'coverage',
    ],
  },
  {
    file: 'pipeline-schedule',
    shelf: 'pipeline_schedules',
    elsewhere: ['last_pipeline', 'variables'],
  },
  { file: 'trigger', shelf: 'triggers' },
  { file: 'milestone', shelf: 'project_milestones' },
  { file: 'project-board', shelf: 'project_boards' },
  { file: 'group-board', shelf: 'group_boards' },
  {
    file: 'epic',
    shelf: 'epics',
    elsewhere: ['subscribed'],
  },
  { file: 'project-users', shelf: 'project_members' },
  { file: 'project-variables', shelf: 'project_variables' },
  { file: 'project-variable-details', shelf: 'group_variables' },
  { file: 'environment', shelf: 'environments', elsewhere: ['last_deployment'] },
  { file: 'releases', shelf: 'releases', elsewhere: ['evidence_sha'] },
  { file: 'tag', shelf: 'tags' },
  { file: 'protected-tags', shelf: 'protected_tags' },
  { file: 'all-runners', shelf: 'runners' },
  { file: 'project-events', shelf: 'events', elsewhere: ['note'] },
  { file: 'packages', shelf: 'packages' },
  { file: 'registry-repositories', shelf: 'registry_repositories' },
  { file: 'system-hook', shelf: 'project_hooks' },
  { file: 'deploy-keys', shelf: 'deploy_keys' },
  { file: 'deploy-tokens', shelf: 'project_deploy_tokens' },
  { file: 'project-access-token', shelf: 'project_access_tokens' },
  { file: 'group-access-token', shelf: 'group_access_tokens' },
  { file: 'topic', shelf: 'topics' },
];

const world = makeWorld({ projects: 12, jobs: 60, branches: 40 });

/** The types that a field has over several objects; null tells nothing. */
function typesOf(
  objects: readonly Readonly<Record<string, Plain>>[],
): ReadonlyMap<string, Set<string>> {
  const types = new Map<string, Set<string>>();
  for (const [name, value] of objects.flatMap((object) => Object.entries(object))) {
    const known = types.get(name) ?? new Set();
    if (value !== null) known.add(Array.isArray(value) ? 'list' : typeof value);
    types.set(name, known);
  }
  return types;
}

function exampleOf(file: string): readonly Readonly<Record<string, Plain>>[] {
  const text = readFileSync(join(EXAMPLES, `${file}.json`), 'utf8');
  const parsed = JSON.parse(text) as Plain;
  return [parsed].flat() as unknown as readonly Readonly<Record<string, Plain>>[];
}

describe.skipIf(!existsSync(EXAMPLES))('what GitLab shows', () => {
  test.each(LISTED)(
    'of $shelf is in the simulation as in $file',
    ({ file, shelf, elsewhere = [] }) => {
      const rows = rowsOf(shelf);
      const simulated = typesOf(rows.map(({ source }) => source));

      const wrong = [...typesOf(exampleOf(file))].flatMap(([name, types]) => {
        const own = simulated.get(name);
        if (elsewhere.includes(name)) return [];
        if (own === undefined) return [`${name} is missing`];
        const isEqual =
          own.size === 0 || types.size === 0 || [...types].some((type) => own.has(type));
        return isEqual ? [] : [`${name} is ${[...own].join()} instead of ${[...types].join()}`];
      });

      expect(wrong).toEqual([]);
      expect(rows.length).toBeGreaterThan(0);
    },
  );
});

function rowsOf(shelf: string): readonly TruthRow[] {
  const { table } = shelfNamed(shelf);
  return truth(world, { admin: true, shelves: [shelf] })[table] ?? [];
}

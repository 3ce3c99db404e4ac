import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { catalog } from '../../../functions/catalog.ts';
import { allResources } from '../../../functions/engine/catalog/selection.ts';
import { isJsonObject } from '../../../functions/engine/model/json.ts';
import type { ResourceSpec } from '../../../functions/engine/model/resource.ts';
import { readExact, writeExact } from '../../../functions/engine/normalize/exactJson.ts';
import { type Database, openPool } from '../../../functions/engine/sql/pool.ts';
import { openDirectLoader } from '../../support/directLoad.ts';
import { losses, type Sent } from '../../support/lossless.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';
import { DATASET } from '../../support/run.ts';
import { readStored } from '../../support/stored.ts';

const FOLDER = path.resolve(process.cwd(), '../shared/gitlab-examples');

/** Objects that GitLab itself gives as examples, and the resource that loads them. */
const EXAMPLES = [
  { file: 'access-request.json', resource: 'project_access_requests' },
  { file: 'applications.json', resource: 'applications' },
  { file: 'badges.json', resource: 'project_badges' },
  { file: 'branch.json', resource: 'branches' },
  { file: 'group.json', resource: 'groups' },
  { file: 'job.json', resource: 'jobs' },
  { file: 'metadata.json', resource: 'metadata' },
  { file: 'project.json', resource: 'projects' },
  { file: 'project-users.json', resource: 'users' },
  { file: 'approvals.json', resource: 'merge_request_approvals' },
  { file: 'deploy-keys.json', resource: 'deploy_keys' },
  { file: 'deploy-tokens.json', resource: 'project_deploy_tokens' },
  { file: 'environment.json', resource: 'environments' },
  { file: 'epic.json', resource: 'epics' },
  { file: 'group-access-token.json', resource: 'group_access_tokens' },
  { file: 'group-board.json', resource: 'group_boards' },
  { file: 'issue.json', resource: 'issues' },
  { file: 'issue-discussions.json', resource: 'issue_discussions' },
  { file: 'label-events.json', resource: 'issue_label_events' },
  { file: 'merge-request.json', resource: 'merge_requests' },
  { file: 'merge-request-note.json', resource: 'merge_request_notes' },
  { file: 'milestone.json', resource: 'project_milestones' },
  { file: 'packages.json', resource: 'packages' },
  { file: 'pipeline.json', resource: 'pipelines' },
  { file: 'pipeline-schedule.json', resource: 'pipeline_schedules' },
  { file: 'project-users.json', resource: 'project_members' },
  { file: 'protected-tags.json', resource: 'protected_tags' },
  { file: 'registry-repositories.json', resource: 'registry_repositories' },
  { file: 'releases.json', resource: 'releases' },
  { file: 'tag.json', resource: 'tags' },
  { file: 'topic.json', resource: 'topics' },
  { file: 'trigger.json', resource: 'triggers' },
] as const;

type Example = Readonly<Record<string, Sent>>;

function resourceOf(name: string): ResourceSpec {
  const found = allResources(catalog).find(({ id }) => id === name);
  if (found === undefined) throw new Error(`there is no resource '${name}'`);
  return found;
}

function examplesOf(file: string): readonly Example[] {
  const body = readExact(readFileSync(path.join(FOLDER, file), 'utf8'));
  return (Array.isArray(body) ? body : [body]).filter(isJsonObject);
}

/** The example with the key columns that the loader adds from its request. */
function complete(example: Example, { primaryKey, keep }: ResourceSpec): Example {
  const added = [...primaryKey, ...keep].filter((column) => !(column in example));
  return { ...example, ...Object.fromEntries(added.map((column) => [column, 7])) };
}

function printed(value: Sent | undefined): string {
  return typeof value === 'object' ? '' : String(value);
}

describe.skipIf(!existsSync(FOLDER))("GitLab's own examples", () => {
  let created: TestDatabase;
  let database: Database;

  beforeAll(async () => {
    created = await createDatabase();
    database = openPool({ url: created.url, applicationName: 'tests', max: 4 });
  });
  afterAll(async () => {
    await database.close();
    await created.drop();
  });

  test.each(EXAMPLES.filter(({ file }) => existsSync(path.join(FOLDER, file))))(
    '$file is stored as $resource without loss',
    async ({ file, resource: name }) => {
      const resource = { ...resourceOf(name), splits: [] };
      const examples = examplesOf(file).map((example) => complete(example, resource));
      const loader = await openDirectLoader(database, { resource });

      await loader.load([`[${examples.map((example) => writeExact(example)).join(',')}]`]);

      const tables = await readStored(database, DATASET);
      const table = tables.get(resource.table);
      expect(table?.rows).toHaveLength(examples.length);
      const lost = examples.flatMap((example) => {
        const row = table?.rows.find((stored) =>
          resource.primaryKey.every((column) => stored[column] === printed(example[column])),
        );
        return table === undefined || row === undefined
          ? ['its row']
          : losses(example, { tables, table, row });
      });
      expect(examples.length).toBeGreaterThan(0);
      expect(lost).toEqual([]);
    },
  );
});

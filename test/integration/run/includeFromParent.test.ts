import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { of, parent } from '../../../functions/engine/catalog/bindings.ts';
import { defineFamily } from '../../../functions/engine/catalog/defineFamily.ts';
import { qualified } from '../../../functions/engine/sql/identifier.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import { renameProject } from '../../support/gitlab/world/mutations.ts';
import { type Bench, DATASET, type Loaded, openBench, stateTable } from '../../support/run.ts';
import { readStored } from '../../support/stored.ts';

type Repository = {
  id: number;
  path_with_namespace: string;
  created_at: string;
  archived: boolean;
  star_count: number;
  import_error: string | null;
};

const repositories = defineFamily('repositories', {
  repositories: {
    path: '/projects',
    query: { order_by: 'id', sort: 'asc' },
    table: 'repository',
    record: of<Repository>(),
    primaryKey: ['id'],
    pagination: 'keyset',
  },
  heads: {
    path: '/projects/{repository_id}/repository/branches',
    bind: { repository_id: parent('repositories', 'id') },
    includeFromParent: [
      'id',
      'path_with_namespace',
      'created_at',
      'archived',
      'star_count',
      'import_error',
    ],
    table: 'head',
    record: of<{ name: string }>(),
    primaryKey: ['repository_id', 'name'],
    pagination: 'keyset',
  },
});

let bench: Bench;

beforeEach(async () => {
  bench = await openBench({ projects: 5, jobs: 1, branches: 240 });
});
afterEach(() => bench.close());

const load = (): Promise<Loaded> => bench.load({ catalog: { repositories } });

/** Rows that include something else than their repository has, and how many there are at all. */
async function comparison(): Promise<unknown> {
  const { rows } = await bench.database.query(
    sql`select count(*)::int as heads, count(*) filter (where
            (h._repositories_id, h._repositories_path_with_namespace, h._repositories_created_at,
             h._repositories_archived, h._repositories_star_count)
            is distinct from (r.id, r.path_with_namespace, r.created_at, r.archived, r.star_count))::int as wrong
        from ${qualified(DATASET, 'head')} h left join ${qualified(DATASET, 'repository')} r on r.id = h.repository_id`,
  );
  return rows[0];
}

function branches(): number {
  return [...bench.gitlab.world.projects.values()].flatMap((project) => project.branches).length;
}

describe('includeFromParent', () => {
  test("gives every row the values of its parent's row, in columns of the same types", async () => {
    const { report } = await load();

    const { types } = (await readStored(bench.database, DATASET)).get('head') ?? {};
    const included = [...(types ?? [])].filter(([name]) => name.startsWith('_repositories_'));
    expect(report.outcome).toBe('done');
    expect(await comparison()).toEqual({ heads: branches(), wrong: 0 });
    expect(included).toEqual([
      ['_repositories_id', 'int8'],
      ['_repositories_path_with_namespace', 'varchar'],
      ['_repositories_created_at', 'timestamptz'],
      ['_repositories_archived', 'bool'],
      ['_repositories_star_count', 'int8'],
    ]);
  });

  test('goes on after an interruption, with a token that names the parent alone', async () => {
    const ids = [...bench.gitlab.world.projects.keys()].sort((left, right) =>
      String(left) < String(right) ? -1 : 1,
    );
    const sick = { path: new RegExp(`/projects/${String(ids[3])}/repository`) };
    bench.gitlab.faults.add({ match: sick, respond: { status: 400, body: '{}' } });
    await load();
    const { rows } = await bench.database.query(
      sql`select scan_token from ${stateTable('partition')} where resource = 'heads'`,
    );
    bench.gitlab.faults.clear();
    bench.gitlab.requests.clear();

    const { report } = await load();

    const asked = bench.gitlab.requests.entries.map(
      ({ url }) => /(\d+)\/repository/.exec(url)?.[1],
    );
    expect(rows).toEqual([{ scan_token: { after: { repository_id: ids[2] } } }]);
    expect(report.outcome).toBe('done');
    expect(asked.find((id) => id !== undefined)).toBe(String(ids[3]));
    expect(await comparison()).toEqual({ heads: branches(), wrong: 0 });
  });

  test('follows the parent when it changes', async () => {
    await load();
    const [id = 0] = bench.gitlab.world.projects.keys();
    renameProject(bench.gitlab.world, id, 'another-name');

    await load();

    const { rows } = await bench.database.query<{ path: string }>(
      sql`select distinct _repositories_path_with_namespace as path from ${qualified(DATASET, 'head')}
          where repository_id = $1::bigint`,
      [id],
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]?.path).toMatch(/\/another-name$/);
    expect(await comparison()).toEqual({ heads: branches(), wrong: 0 });
  });
});

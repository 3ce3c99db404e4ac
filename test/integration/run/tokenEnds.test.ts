import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { qualified } from '../../../functions/engine/sql/identifier.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import { at } from '../../support/gitlab/random.ts';
import { touch } from '../../support/gitlab/world/touch.ts';
import { violations } from '../../support/invariants.ts';
import { type Bench, DATASET, openBench, type Order, stateTable } from '../../support/run.ts';
import { truthDifferences } from '../../support/truthDifferences.ts';

const LAST_GOOD_REQUEST = 500;
const RESOURCES = ['projects', 'branches', 'project_labels'];

let bench: Bench;
let directory: string;
let file: string;

beforeEach(async () => {
  bench = await openBench({ projects: 300, jobs: 1, branches: 600, users: 3, alerts: 1 });
  directory = await mkdtemp(join(tmpdir(), 'token-'));
  file = join(directory, 'token');
  await writeFile(file, bench.gitlab.adminToken);
});
afterEach(async () => {
  await bench.close();
  await rm(directory, { recursive: true });
});

/** The token ends with request 500; `replaced` is called in that moment. */
function order(replaced: (token: string) => Promise<void>): Order {
  const { gitlab } = bench;
  const ends = {
    match: () => true,
    after: LAST_GOOD_REQUEST - gitlab.requests.total,
    times: 1,
    respond: { run: () => void endToken(replaced) },
  };
  gitlab.faults.add(ends);
  return {
    token: '',
    request: { resources: RESOURCES },
    environment: { GITLAB_TOKEN: '', GITLAB_TOKEN_FILE: file },
  };
}

async function endToken(replaced: (token: string) => Promise<void>): Promise<void> {
  const { world, adminToken } = bench.gitlab;
  const old = world.tokens.get(adminToken);
  if (old === undefined) throw new Error('the token is gone already');
  const next = { ...old, id: old.id + 100, text: `${old.text}-next` };
  world.tokens.set(next.text, next);
  world.tokens.set(old.text, { ...old, state: 'expired' });
  touch(world);
  await replaced(next.text);
}

async function positions(): Promise<unknown> {
  const { rows } = await bench.database.query(
    sql`select resource, partition_key, cursor_value, scan_token, seq, complete_as_of, status
        from ${stateTable('partition')} order by 1, 2`,
  );
  return rows;
}

async function differences(): Promise<readonly unknown[]> {
  const { api_entities_branch = [], api_entities_project = [] } = bench.gitlab.truth('admin');
  const truth = { api_entities_branch, api_entities_project };
  return [
    ...(await truthDifferences(bench.database, truth)),
    ...(await violations(bench.database)),
  ];
}

describe('a token that ends with request 500 of a load', () => {
  test('and has been replaced in its file costs nothing: the run goes on with the new one', async () => {
    const { report } = await bench.load(order((token) => writeFile(file, token)));

    expect(report.outcome).toBe('done');
    expect(report.problems.filter(({ code }) => code !== 'NOTICE')).toEqual([]);
    expect(bench.gitlab.requests.total).toBeGreaterThan(LAST_GOOD_REQUEST + 100);
    expect(await differences()).toEqual([]);
  });

  test('and has no successor ends the run as a matter of configuration; nothing moves after it, nothing is deleted', async () => {
    const { report } = await bench.load(order(() => Promise.resolve()));
    const [rowsBefore, before] = [await countRows(), await positions()];
    const again = await bench
      .load({ request: { resources: RESOURCES }, token: bench.gitlab.adminToken })
      .catch((error: unknown) => error);

    expect(report.outcome).toBe('failed');
    expect(at(report.problems, report.problems.length - 1).code).toBe('E_GITLAB_AUTH');
    expect(again).toMatchObject({ code: 'E_GITLAB_AUTH' });
    expect(await positions()).toEqual(before);
    expect(await countRows()).toEqual(rowsBefore);
    expect(await violations(bench.database)).toEqual([]);
  });
});

async function countRows(): Promise<number> {
  const { rows } = await bench.database.query<{ count: number }>(
    sql`select count(*)::int as count from ${qualified(DATASET, 'api_entities_branch')}`,
  );
  return rows[0]?.count ?? 0;
}

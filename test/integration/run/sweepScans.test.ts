import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { RunEvent } from '../../../functions/engine/model/events.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import type { Job } from '../../support/gitlab/world/model.ts';
import { deleteJob } from '../../support/gitlab/world/mutations.ts';
import { violations } from '../../support/invariants.ts';
import { type Bench, openBench, type Order, stateTable } from '../../support/run.ts';
import { deletedRows, JSON_TYPE } from '../../support/sweepBench.ts';
import { truthDifferences } from '../../support/truthDifferences.ts';

const REQUEST = { resources: ['projects', 'jobs'] };
const ALWAYS = { FULL_PASS_HOURS: '0' };

let bench: Bench;
let gone: Job;

beforeEach(async () => {
  bench = await openBench({ projects: 1, jobs: 420, branches: 1 });
  await bench.load({ request: REQUEST });
  const [project] = bench.gitlab.world.projects.values();
  gone = project?.jobs[200] as Job;
  deleteJob(bench.gitlab.world, gone.id);
});

afterEach(async () => {
  expect(await violations(bench.database)).toEqual([]);
  await bench.close();
});

async function differences(): Promise<readonly string[]> {
  const rows = bench.gitlab.truth('admin')['api_entities_job'] ?? [];
  return truthDifferences(bench.database, { api_entities_job: rows });
}

/** Loads with a package for every page until the second page of jobs is committed. */
async function interrupted(): Promise<void> {
  const stop = new AbortController();
  let [clock, pages] = [0, 0];
  const report = (event: RunEvent): void => {
    if (event.event !== 'package-committed' || event.resource !== 'jobs') return;
    pages += 1;
    if (pages === 2) stop.abort(new Error('stopped'));
  };
  const now = (): number => (clock += 10_000);
  await load({ signal: stop.signal, report, now });
}

function load(order: Order = {}) {
  return bench.load({ request: REQUEST, environment: ALWAYS, ...order });
}

describe('a full pass', () => {
  test('is made at its own rhythm: between two of them a run reads what is new', async () => {
    const soon = await bench.load({ request: REQUEST });
    await bench.database.query(
      sql`update ${stateTable('partition')} set swept_at = swept_at - interval '24 hours'`,
    );
    const later = await bench.load({ request: REQUEST });

    expect([deletedRows(soon), deletedRows(later)]).toEqual([0, 1]);
    expect(soon.report.resources['jobs']?.read).toBeLessThan(200);
    expect(later.report.resources['jobs']?.read).toBe(419);
    expect(await differences()).toEqual([]);
  });

  test('remembers over several invocations what it has seen', async () => {
    await interrupted();
    const begun = await scan();
    const run = await load();

    expect(begun.status).toBe('reading');
    expect(begun.packages).toBeGreaterThan(1n);
    expect(deletedRows(run)).toBe(1);
    expect(await sweepingScans()).toEqual([{ id: begun.id }]);
    expect(await differences()).toEqual([]);
    const left = await bench.database.query(sql`select from ${stateTable('sweep_ids')}`);
    expect(left.rows).toEqual([]);
  });

  // G9
  test('deletes nothing when one of its packages did not tell what it saw; the next one does', async () => {
    await interrupted();
    const begun = await scan();
    await bench.database.query(
      sql`delete from ${stateTable('sweep_ids')} where seq = (select min(seq) from ${stateTable('sweep_ids')})`,
    );
    await load();

    expect(await sweepingScans()).toEqual([{ id: begun.id + 1n }]);
    expect(await differences()).toEqual([]);
  });

  test('deletes nothing when GitLab refused the list in the middle of it; the next one does', async () => {
    await interrupted();
    const begun = await scan();
    const body = '{"message":"403 Forbidden"}';
    const respond = { status: 403, headers: JSON_TYPE, body };
    bench.gitlab.faults.add({ match: { path: /\/jobs\?/u }, times: 1, respond });
    const refused = await load();
    await load();

    expect(deletedRows(refused)).toBe(0);
    expect(await sweepingScans()).toEqual([{ id: begun.id + 1n }]);
    expect(await differences()).toEqual([]);
  });
});

/** The scan of the jobs that is under way. */
async function scan() {
  const { rows } = await bench.database.query<{ id: bigint; status: string; packages: bigint }>(
    sql`select scan_id as id, sweep_status as status, (select count(*) from ${stateTable('sweep_ids')}) as packages
        from ${stateTable('partition')} where resource = 'jobs'`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error('no jobs have been loaded');
  return row;
}

/** The scans because of which rows were deleted. */
async function sweepingScans(): Promise<readonly object[]> {
  const { rows } = await bench.database.query(
    sql`select scan_id as id from ${stateTable('batch')} where kind = 'sweep'`,
  );
  return rows;
}

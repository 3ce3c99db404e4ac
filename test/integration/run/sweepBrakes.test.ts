import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { readStatus } from '../../../functions/engine/run/readStatus.ts';
import { resume } from '../../../functions/engine/run/resume.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import { startCountingProxy } from '../../support/countingProxy.ts';
import { deleteBranch, insertBranch } from '../../support/gitlab/world/mutations.ts';
import { violations } from '../../support/invariants.ts';
import { DATASET, stateTable } from '../../support/run.ts';
import {
  deletedRows,
  JSON_TYPE,
  openSweepBench,
  type SweepBench,
} from '../../support/sweepBench.ts';

let bench: SweepBench;

beforeEach(async () => {
  bench = await openSweepBench();
});

afterEach(async () => {
  expect(await violations(bench.database)).toEqual([]);
  await bench.close();
});

/** What the commands read of the settings. */
function settings() {
  return { databaseUrl: bench.databaseUrl, dataset: DATASET };
}

describe('the brake', () => {
  // G9
  test('deletes nothing of a list that is suddenly empty, until a person has looked', async () => {
    const { id, branches } = bench.project;
    const path = new RegExp(`/projects/${id.toString()}/repository/branches\\?`, 'u');
    bench.gitlab.faults.add({
      match: { path },
      respond: { status: 200, headers: JSON_TYPE, body: '[]' },
    });
    const empty = await bench.load();
    bench.gitlab.faults.clear();
    deleteBranch(bench.gitlab.world, id, branches.at(-1)?.name ?? '');
    const halted = await bench.load();
    const status = await readStatus(settings());
    const resumed = await resume(settings(), { resource: 'branches' });
    const after = await bench.load();

    expect(empty.report.problems).toMatchObject([
      { code: 'E_MASS_DELETE', resource: 'branches', partition: id.toString() },
    ]);
    expect([empty, halted, after].map(deletedRows)).toEqual([0, 0, 1]);
    expect(status.haltedSweeps).toMatchObject([{ resource: 'branches', partition: id.toString() }]);
    expect(resumed).toBe(1);
    expect(await bench.differences()).toEqual([]);
  });

  test('lets a person confirm that many rows are gone, once', async () => {
    const { id } = bench.project;
    const gone = Array.from({ length: 60 }, (_, index) => `gone-${index.toString()}`);
    for (const name of gone) insertBranch(bench.gitlab.world, id, name);
    await bench.load();
    for (const name of gone) deleteBranch(bench.gitlab.world, id, name);
    const stopped = await bench.load();
    await resume(settings(), { deletes: 'confirmed' });
    const confirmed = await bench.load();

    expect([deletedRows(stopped), deletedRows(confirmed)]).toEqual([0, 60]);
    expect(await bench.differences()).toEqual([]);
    expect(
      await bench.rowsOf(
        sql`select from ${stateTable('partition')} where sweep_allowed or sweep_status is not null`,
      ),
    ).toEqual([]);
  });
});

describe('a sweep that is disturbed', () => {
  // G3
  test('deletes nothing once another run has taken its partition', async () => {
    const { id, branches } = bench.project;
    const name = branches.at(-1)?.name ?? '';
    deleteBranch(bench.gitlab.world, id, name);
    const path = new RegExp(`/repository/branches/${encodeURIComponent(name)}$`, 'u');
    let tell: (done: Promise<unknown>) => void = () => undefined;
    const taken = new Promise<unknown>((resolve) => {
      tell = resolve;
    });
    const takeOver = (): void => {
      tell(
        bench.database.query(
          sql`update ${stateTable('partition')} set fence = fence + 1
          where resource = 'branches' and partition_key = $1::text`,
          [id.toString()],
        ),
      );
    };
    bench.gitlab.faults.add(
      { match: { path }, times: 1, respond: { run: takeOver } },
      { match: { path }, times: 1, respond: { waitFor: taken } },
    );
    const fenced = await bench.load();
    const again = await bench.load();

    expect(fenced.report.problems).toEqual([]);
    expect([deletedRows(fenced), deletedRows(again)]).toEqual([0, 1]);
    expect(await bench.differences()).toEqual([]);
  });

  // G5
  test('is gone on with by the next run after its process died', async () => {
    const { id, branches } = bench.project;
    const name = branches.at(-1)?.name ?? '';
    deleteBranch(bench.gitlab.world, id, name);
    await using proxy = await startCountingProxy(bench.databaseUrl);
    const path = new RegExp(`/repository/branches/${encodeURIComponent(name)}$`, 'u');
    bench.gitlab.faults.add({
      match: { path },
      times: 1,
      respond: {
        run: () => {
          proxy.sever();
        },
      },
    });

    const died = await bench.load({ databaseUrl: proxy.url }).catch(() => undefined);
    await bench.database
      .query(sql`update ${stateTable('partition')} set lease_until = clock_timestamp()
      where lease_until is not null`);
    const next = await bench.load();

    expect(died?.report.outcome).not.toBe('done');
    expect(deletedRows(next)).toBe(1);
    expect(await bench.differences()).toEqual([]);
  });
});

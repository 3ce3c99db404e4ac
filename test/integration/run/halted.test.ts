import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { sql } from '../../../functions/engine/sql/sql.ts';
import { RUNS_UNTIL_HALT } from '../../../functions/engine/state/outcomes.ts';
import { eventsOf, runCli, sharedBundle } from '../../support/cli.ts';
import { checksIn } from '../../support/invariants.ts';
import { type Bench, openBench, stateTable } from '../../support/run.ts';

const REQUEST = { resources: ['broadcast_messages'] };
const bundle = sharedBundle();
let bench: Bench;
/** The codes that each run told, the last one after the partition was halted. */
const told: (readonly string[])[] = [];
const requests: number[] = [];

beforeAll(async () => {
  bench = await openBench({ projects: 1, jobs: 1, branches: 1 });
  const headers = { 'Content-Type': 'application/json' };
  // More records without their key than the quarantine takes of a page.
  const records = Array.from({ length: 11 }, (_, n) => ({
    message: `without its key ${String(n)}`,
  }));
  const respond = { status: 200, headers, body: JSON.stringify(records) };
  bench.gitlab.faults.add({ match: { path: /broadcast_messages/ }, respond });
  for (let run = 0; run <= RUNS_UNTIL_HALT; run += 1) {
    const { report } = await bench.load({ request: REQUEST });
    told.push(report.problems.map(({ code }) => code));
    requests.push(bench.gitlab.requests.count(/broadcast_messages/));
  }
  bench.gitlab.faults.clear();
});
afterAll(async () => {
  await bench.close();
});

function command(argv: readonly string[], format = 'json') {
  return runCli(bundle, argv, { DATABASE_URL: bench.databaseUrl, LOG_FORMAT: format });
}

describe('a partition that fails in the same way again and again', () => {
  // G4
  test('is halted after five runs, and later runs say so without asking GitLab', () => {
    const failed = Array.from({ length: RUNS_UNTIL_HALT - 1 }, () => ['E_VALUE']);

    expect(told).toEqual([...failed, ['E_VALUE', 'E_HALTED'], ['E_HALTED']]);
    expect(requests.at(-1)).toBe(requests.at(-2));
  });

  test('is shown by `status` with the reason and the command that lifts it', async () => {
    const json = await command(['status', '--json']);
    const text = await command(['status'], 'pretty');

    expect(eventsOf(json)).toMatchObject([
      {
        resources: [{ resource: 'broadcast_messages', halted: 1, failing: 0 }],
        halted: [{ resource: 'broadcast_messages', partition: '', code: 'E_VALUE' }],
      },
    ]);
    expect(text.stdout).toMatch(
      /^! broadcast_messages is halted: .*\. \[E_VALUE\]\n {2}once it is corrected: resume --resource broadcast_messages\n/,
    );
  });

  // I12
  test('is a notice of `verify` and no damage', async () => {
    const results = await bench.database.snapshot(undefined, (session) => checksIn(session));

    expect(results.filter(({ broken }) => broken > 0)).toEqual([]);
    expect(results.find(({ invariant }) => invariant === 'I12')).toMatchObject({ excused: 1 });
  });

  // T15
  test('is loaded again once it is resumed', async () => {
    const other = await command(['resume', '--resource', 'jobs']);
    const elsewhere = await command(['resume', '--partition', '99']);
    const both = await command(['resume', '--resource', 'jobs', '--partition', '99']);
    const unknown = await command(['resume', '--resource', 'jobz']);
    const resumed = await command(['resume', '--resource', 'broadcast_messages'], 'pretty');
    const { report } = await bench.load({ request: REQUEST });

    for (const [result, none] of [
      [other, "is of 'jobs'"],
      [elsewhere, "is '99'"],
      [both, "is 'jobs/99'"],
    ] as const) {
      const [sentence] = result.stderr.split('\n');
      expect(sentence).toBe(`No halted partition ${none}; halted: broadcast_messages.`);
      expect(result).toMatchObject({ exitCode: 78, stdout: '' });
    }
    expect(unknown).toMatchObject({ exitCode: 78, stdout: '' });
    expect(resumed).toMatchObject({
      ...{ exitCode: 0, stderr: '' },
      stdout: 'One partition was resumed; the next run loads it.\n',
    });
    expect(report.outcome).toBe('done');
    const nothing = await command(['resume'], 'pretty');
    const chosen = await command(['resume', '--partition', '99']);
    expect(nothing.stdout).toBe('Nothing was halted, so nothing was resumed.\n');
    expect(nothing.exitCode).toBe(0);
    expect(chosen.stderr).toMatch(/^No halted partition is '99'; none is halted at all\.\n/);
    const { rows } = await bench.database.query(
      sql`select status, fail_count, failing_code, failing_runs, last_error from ${stateTable('partition')}`,
    );
    expect(rows).toEqual([
      { status: 'active', fail_count: 0, failing_code: null, failing_runs: 0, last_error: null },
    ]);
  });
});

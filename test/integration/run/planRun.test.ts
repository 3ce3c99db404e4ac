import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { catalog } from '../../../functions/catalog.ts';
import { loadSettings } from '../../../functions/engine/config/loadSettings.ts';
import type { RunRequest } from '../../../functions/engine/model/run.ts';
import { planRun, type RunPlan } from '../../../functions/engine/run/planRun.ts';
import { literal, sql } from '../../../functions/engine/sql/sql.ts';
import { createDatabase } from '../../support/postgres.ts';
import { type Bench, openBench, stateTable } from '../../support/run.ts';
import { EVERY_RUN, SEED_RESOURCES } from '../../support/seedResources.ts';

let bench: Bench;

beforeAll(async () => {
  bench = await openBench();
});

afterAll(() => bench.close());

async function plan(
  request: Partial<RunRequest> = {},
  environment: Readonly<Record<string, string>> = {},
): Promise<RunPlan> {
  const settings = await loadSettings({
    GITLAB_BASE_URL: bench.gitlab.url,
    GITLAB_TOKEN: bench.gitlab.adminToken,
    DATABASE_URL: bench.databaseUrl,
    RESOURCES: isNamed(request) ? '' : SEED_RESOURCES,
    ...EVERY_RUN,
    ...environment,
  });
  const { signal } = new AbortController();
  return planRun(
    { settings, catalog, signal, now: Date.now, random: () => 0 },
    { trigger: 'manual', mode: 'incremental', until: 'once', ...request },
  );
}

function isNamed({ families, resources }: Partial<RunRequest>): boolean {
  return families !== undefined || resources !== undefined;
}

function of({ resources }: RunPlan, name: string) {
  return resources.find(({ resource }) => resource === name);
}

/** Tables of the dataset and its state, with a digest of their rows. */
async function everythingStored(): Promise<unknown> {
  const { rows } = await bench.database.query<{ name: string; content: string }>(
    sql`select n.nspname || '.' || c.relname as name,
          md5(query_to_xml(format('select * from %I.%I t order by t::text', n.nspname, c.relname), false, false, '')::text) as content
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname like ${literal('gitlab_data%')} and c.relkind in ('r', 'p') order by 1`,
  );
  return rows;
}

describe('planRun', () => {
  test('estimates a first run by a few requests, within bounds of what it asks then', async () => {
    const before = await plan();
    const stored = await everythingStored();
    const { requests, report } = await bench.load();

    expect(before).toMatchObject({ from: 'samples', requestsPerMinute: 600_000, concurrency: 8 });
    expect(stored).toEqual([]);
    expect(before.requestsSent).toBeLessThanOrEqual(5 + 2 * before.resources.length);
    expect(requests).toBeGreaterThanOrEqual(before.total.requests.atLeast);
    const avatars = report.resources['avatars']?.read ?? 0;
    expect(before.total.requests.expected).toBeGreaterThan((requests - avatars) * 0.8);
    expect(before.total.requests.expected).toBeLessThan((requests - avatars) * 1.2);
    // Nobody knows the addresses before the rows that hold them.
    expect(before.total.isComplete).toBe(false);
    expect(of(before, 'avatars')).toMatchObject({ requests: { expected: null }, basis: 'nothing' });
    expect(of(before, 'users')).toMatchObject({ rows: { expected: 12 }, basis: 'sample' });
    expect(of(before, 'plan_limits')).toMatchObject({ requests: { expected: 11, atLeast: 11 } });
  });

  test('estimates a later run by the last scans, and writes nothing', async () => {
    const stored = await everythingStored();
    const after = await plan();
    const unchanged = await everythingStored();
    const { requests, report } = await bench.load();

    expect(unchanged).toEqual(stored);
    expect(after).toMatchObject({ from: 'state', total: { isComplete: true } });
    expect(after.requestsSent).toBeLessThanOrEqual(5);
    expect(requests).toBeGreaterThanOrEqual(after.total.requests.atLeast);
    expect(after.total.requests.expected).toBeGreaterThan(requests * 0.8);
    expect(after.total.requests.expected).toBeLessThan(requests * 1.2);
    for (const name of ['projects', 'branches', 'users', 'applications'])
      expect(of(after, name)?.rows.expected).toBe(report.resources[name]?.read);
    expect(of(after, 'branches')).toMatchObject({ partitions: 6, basis: 'last scan' });
    expect(of(after, 'branches')?.bytes).toBeGreaterThan(10_000);
  });

  test('counts what another run holds apart, and takes one project alone', async () => {
    const [first] = bench.gitlab.world.projects.keys();
    await bench.database.query(
      sql`update ${stateTable('partition')} set owner = gen_random_uuid(), lease_until = clock_timestamp() + interval '1 minute'
          where resource = 'jobs' and partition_key = (select min(partition_key) from ${stateTable('partition')} where resource = 'jobs')`,
    );

    const held = await plan({ resources: ['jobs'] });
    const single = await plan({ resources: ['branches'], partition: String(first) });

    expect(held.resources).toMatchObject([{ resource: 'jobs', partitions: 5, held: 1 }]);
    expect(single.resources).toMatchObject([{ partitions: 1, requests: { expected: 1 } }]);
  });

  test('knows what a scope leaves out, and what a member may not read', async () => {
    await using empty = await createDatabase();
    const all = await plan({}, { DATABASE_URL: empty.url });
    const path = String(of(all, 'projects')?.rows.expected);
    const none = await plan({}, { DATABASE_URL: empty.url, GITLAB_SCOPE: 'no/such/**' });
    const member = await plan(
      {},
      { DATABASE_URL: empty.url, GITLAB_TOKEN: bench.gitlab.memberToken },
    );

    expect(path).toBe('6');
    expect(of(none, 'branches')).toMatchObject({ partitions: 0, requests: { expected: 0 } });
    expect(member.adminOnly).toContain('users');
    expect(of(member, 'users')).toBeUndefined();
  });

  test('a resource that does not exist is refused', async () => {
    await expect(plan({ resources: ['jobz'] })).rejects.toMatchObject({ code: 'E_REQUEST' });
  });
});

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { sql } from '../../../functions/engine/sql/sql.ts';
import { insertJob } from '../../support/gitlab/world/mutations.ts';
import { type Bench, openBench, stateTable } from '../../support/run.ts';

const ONCE = { resources: ['jobs'], until: 'once' } as const;
const EARLIER = '2026-01-01T00:00:00Z';

let bench: Bench;
let [held, free]: readonly number[] = [];

beforeEach(async () => {
  bench = await openBench({ projects: 2, jobs: 40, branches: 4 });
  await bench.load({ request: { resources: ['projects', 'jobs'] } });
  [held, free] = [...bench.gitlab.world.projects.keys()];
});

afterEach(() => bench.close());

/** Another run has been reading a project's jobs for long. */
async function hold(project = held): Promise<void> {
  await bench.database.query(
    sql`update ${stateTable('partition')} set owner = gen_random_uuid(), complete_as_of = $2::timestamptz,
          lease_until = clock_timestamp() + interval '1 hour'
        where resource = 'jobs' and partition_key = $1::text`,
    [String(project), EARLIER],
  );
}

function looks({ events }: Awaited<ReturnType<Bench['load']>>): number {
  return events.filter(({ event }) => event === 'resource-started').length;
}

describe('a run while another one holds what an earlier instant has left', () => {
  test('loads at its own instant what has come since', async () => {
    await hold();
    const first = await bench.load({ request: ONCE });
    insertJob(bench.gitlab.world, free ?? 0);

    const second = await bench.load({ request: ONCE });

    expect(first.report).toMatchObject({
      outcome: 'suspended',
      resources: { jobs: { written: 0 } },
    });
    expect(second.report).toMatchObject({
      outcome: 'suspended',
      resources: { jobs: { written: 1 } },
    });
  });

  test('looks once where all that is due is held', async () => {
    await hold();
    await hold(free);
    await bench.load({ request: ONCE });
    // As if it had been a while ago.
    await bench.database.query(sql`delete from ${stateTable('meta')} where key like 'opening %'`);

    const again = await bench.load({ request: ONCE });

    expect(again.report).toMatchObject({ outcome: 'suspended', requests: 0 });
    expect(looks(again)).toBe(1);
    const { rows } = await bench.database.query(
      sql`select from ${stateTable('run')} where as_of_reached and started_at > clock_timestamp() - interval '1 hour'`,
    );
    expect(rows).toHaveLength(1);
  });
});

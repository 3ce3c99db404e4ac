import { randomUUID } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { sql } from '../../../functions/engine/sql/sql.ts';
import { selectionOf } from '../../../functions/engine/state/runs.ts';
import { insertJob } from '../../support/gitlab/world/mutations.ts';
import { type Bench, openBench, requestOf, stateTable } from '../../support/run.ts';

const ORDER = { resources: ['jobs'], until: 'once' } as const;
const JOBS = { path: /\/jobs\?/ };

let bench: Bench;

beforeEach(async () => {
  bench = await openBench({ projects: 2, jobs: 40, branches: 4 });
  await bench.load({ request: { resources: ['projects', 'jobs'] } });
});

afterEach(() => bench.close());

/** An equal run began just now, or so long ago. */
async function begin(first: string, ago = '0 s'): Promise<void> {
  await bench.database.query(
    sql`insert into ${stateTable('meta')} (key, value) values ('opening ' || md5($1::text),
          jsonb_build_object('run', $2::text, 'at', clock_timestamp() - $3::interval))
        on conflict (key) do update set value = excluded.value`,
    [selectionOf(requestOf(ORDER)), first, ago],
  );
}

/** That run has claimed the jobs of so many projects. */
async function claim(first: string, projects: number): Promise<void> {
  await bench.database.query(
    sql`update ${stateTable('partition')} set owner = $1::uuid, lease_until = clock_timestamp() + interval '1 hour'
        where resource = 'jobs' and partition_key in (
          select partition_key from ${stateTable('partition')} where resource = 'jobs' order by 1 limit $2::int)`,
    [first, projects],
  );
}

describe('of equal runs at the same moment', () => {
  test('those that come too late leave without a request, and the first one loads', async () => {
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    let arrive = (): void => undefined;
    const arrival = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    bench.gitlab.faults.add({ match: JOBS, respond: { run: () => arrive() } });
    bench.gitlab.faults.add({ match: JOBS, respond: { waitFor: gate } });
    const first = bench.load({ request: ORDER });
    await arrival;
    // However long it took until here, the others are to come at the same moment.
    await bench.database.query(
      sql`update ${stateTable('meta')} set value = value || jsonb_build_object('at', clock_timestamp() + interval '1 hour')
          where key like 'opening %'`,
    );

    const others = await Promise.all([1, 2, 3].map(() => bench.load({ request: ORDER })));
    open();

    for (const { report } of others)
      expect(report).toMatchObject({ outcome: 'suspended', leftTo: 'another-run', requests: 0 });
    expect((await first).report).toMatchObject({ outcome: 'done' });
    const { rows } = await bench.database.query(
      sql`select from ${stateTable('run')} where not as_of_reached`,
    );
    expect(rows).toEqual([]);
  });

  test('the others load what the first one has not claimed', async () => {
    const first = randomUUID();
    await begin(first);
    await claim(first, 1);
    const [, free] = [...bench.gitlab.world.projects.keys()].toSorted();
    insertJob(bench.gitlab.world, free ?? 0);

    const { report } = await bench.load({ request: ORDER });

    expect(report).toMatchObject({ outcome: 'suspended', resources: { jobs: { written: 1 } } });
  });

  // G5
  test('the others do not wait long for a first one that died before it claimed anything', async () => {
    await begin(randomUUID(), '1.5 s');
    const [project] = [...bench.gitlab.world.projects.keys()];
    insertJob(bench.gitlab.world, project ?? 0);

    const { report } = await bench.load({ request: ORDER });

    expect(report).toMatchObject({ outcome: 'done', resources: { jobs: { written: 1 } } });
  });

  test('who is to stay until everything is done does not leave', async () => {
    const first = randomUUID();
    await begin(first);
    await claim(first, 2);
    const stopper = new AbortController();

    const { events } = await bench.load({
      request: { ...ORDER, until: 'done' },
      signal: stopper.signal,
      report: ({ event }) => {
        if (event === 'resource-started') stopper.abort(new Error('seen'));
      },
    });

    expect(events).toContainEqual(expect.objectContaining({ event: 'resource-started' }));
  });
});

import { expect, test } from 'vitest';

import { catalog } from '../../../functions/catalog.ts';
import { verifyDataset } from '../../../functions/engine/run/verifyDataset.ts';
import { insertJob } from '../../support/gitlab/world/mutations.ts';
import { violations } from '../../support/invariants.ts';
import { hasPgBouncer, startPgBouncer } from '../../support/pgbouncer.ts';
import { DATASET, openBench } from '../../support/run.ts';
import { truthDifferences } from '../../support/truthDifferences.ts';

/** Fewer than the loader has open, so that each transaction gets another one. */
const CONNECTIONS = 3;

test.skipIf(!hasPgBouncer())(
  'two runs at the same time, and one later, load through PgBouncer in transaction mode',
  async () => {
    await using bench = await openBench({ projects: 3, jobs: 200, branches: 20 });
    await using pooler = await startPgBouncer(bench.databaseUrl, CONNECTIONS);
    const order = { databaseUrl: pooler.url, request: { resources: ['jobs', 'branches'] } };

    const first = await Promise.all([bench.load(order), bench.load(order)]);
    for (const id of bench.gitlab.world.projects.keys()) insertJob(bench.gitlab.world, id);
    const later = await bench.load(order);
    const broken = await verifyDataset(
      { databaseUrl: pooler.url, dataset: DATASET },
      { catalog, signal: new AbortController().signal, report: () => undefined },
    );

    expect([...first, later].map(({ report }) => [report.outcome, report.problems])).toEqual(
      Array.from({ length: 3 }, () => ['done', []]),
    );
    const { api_entities_job = [], api_entities_branch = [] } = bench.gitlab.truth('admin');
    const truth = { api_entities_job, api_entities_branch };
    expect(await truthDifferences(bench.database, truth)).toEqual([]);
    expect(await violations(bench.database)).toEqual([]);
    expect(broken).toBe(0);
  },
);

import { randomUUID } from 'node:crypto';

import { expect, test } from 'vitest';

import { catalog } from '../../../functions/catalog.ts';
import { partitionKey, runId } from '../../../functions/engine/model/ids.ts';
import { openPool } from '../../../functions/engine/sql/pool.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import { migrateState } from '../../../functions/engine/state/migrate.ts';
import { syncPartitions } from '../../../functions/engine/state/partitions.ts';
import { haltSweep } from '../../../functions/engine/state/sweeps.ts';
import { createDatabase } from '../../support/postgres.ts';
import { DATASET, stateTable } from '../../support/run.ts';

const { branches } = catalog.branches.resources;
const SWEEP = {
  partition: partitionKey('7'),
  scanId: 1n,
  before: '',
  isAllowed: false,
  isWhole: true,
};

test.each([
  { other: 'still due is halted', status: 'due', outcome: 'halted', left: 'halted' },
  {
    other: 'that another run has ended is left as it is',
    status: null,
    outcome: 'settled',
    left: null,
  },
])('a sweep $other', async ({ status, outcome, left }) => {
  await using place = await createDatabase();
  const database = openPool({ url: place.url, applicationName: 'tests', max: 2 });
  try {
    await migrateState(database, DATASET);
    const context = { database, dataset: DATASET, runId: runId(randomUUID()), leaseSeconds: 60 };
    await syncPartitions(context, branches, { admitted: [SWEEP.partition], excluded: [] });
    await database.query(
      sql`update ${stateTable('partition')} set sweep_status = $1::text, sweep_scan = 1`,
      [status],
    );

    expect(await haltSweep(context, branches, { sweep: SWEEP, note: 'too many' })).toBe(outcome);
    const { rows } = await database.query(
      sql`select sweep_status as status from ${stateTable('partition')}`,
    );
    expect(rows).toEqual([{ status: left }]);
  } finally {
    await database.close();
  }
});

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { qualified } from '../../../functions/engine/sql/identifier.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import { resumePartitions } from '../../../functions/engine/state/halted.ts';
import { histories } from '../../support/machine/commands.ts';
import { expireLeases, expireWaits, readPartitions } from '../../support/machine/partitions.ts';
import { expectLawful, openSystem, orderOf, type System } from '../../support/machine/system.ts';
import { DATASET } from '../../support/run.ts';
import { truthDifferences } from '../../support/truthDifferences.ts';

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 1);
const SEED = Number(process.env['PROPERTY_SEED'] ?? Date.now() % 1_000_000_000);
const LENGTH = 16;

/** Lifts everything that holds a partition back, then loads until nothing is left. */
async function loadQuietly(system: System): Promise<void> {
  const { database } = system.bench;
  system.excluded = undefined;
  await expireLeases(database);
  await resumePartitions(database, DATASET, {});
  await expireWaits(database);
  system.partitions = await readPartitions(database);
  await system.bench.load(orderOf(system));
  await expectLawful(system, { runs: 'person' });
}

/** What GitLab has and the table lacks, and what the table has although GitLab never had it. */
async function differences({ bench, deleted }: System): Promise<readonly string[]> {
  const { api_entities_job = [] } = bench.gitlab.truth('admin');
  const found = await truthDifferences(bench.database, { api_entities_job });
  const known = [...api_entities_job.map(({ key }) => String(key['id'])), ...deleted];
  const { rows } = await bench.database.query<{ id: bigint }>(
    sql`select id from ${qualified(DATASET, 'api_entities_job')} where id::text <> all ($1::text[])`,
    [known.map(String)],
  );
  return [
    ...found.filter((line) => !/ rows, expected /.test(line)),
    ...rows.map(({ id }) => `${id.toString()} is GitLab's no more`),
  ];
}

// T2 T3 T4 T5 T7 T8 T9 T10 T11 T12 T13 T14 T15 T16 G2 G3
test(`partitions move as the table allows, whatever happens, and end complete (PROPERTY_SEED=${SEED.toString()})`, async () => {
  await fc.assert(
    fc.asyncProperty(histories(LENGTH), async (history) => {
      await using system = await openSystem();
      await fc.asyncModelRun(() => ({ model: {}, real: system }), history);
      await loadQuietly(system);

      expect(await differences(system)).toEqual([]);
    }),
    { numRuns: RUNS, seed: SEED, endOnFailure: true },
  );
}, 3_600_000);

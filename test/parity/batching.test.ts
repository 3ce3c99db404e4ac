import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { JsonObject } from '../../functions/engine/model/json.ts';
import { type Database, openPool } from '../../functions/engine/sql/pool.ts';
import { dropDataset } from '../../scripts/parity/stored.ts';
import { batched, nested, numbered, typed, whole } from '../support/documents.ts';
import { loadDocuments, type Scans } from '../support/loadDocuments.ts';
import { createDatabase, type TestDatabase } from '../support/postgres.ts';
import { readTables, type Tables, withoutOrder } from '../support/tables.ts';

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 5);
const SEED = Number(process.env['PROPERTY_SEED'] ?? Date.now() % 1_000_000_000);
const DATASET = 'batching';
const parameters = { numRuns: RUNS, seed: SEED };

describe(`the tables of a list of records (PROPERTY_SEED=${SEED.toString()})`, () => {
  let created: TestDatabase;
  let database: Database;

  beforeAll(async () => {
    created = await createDatabase();
    database = openPool({ url: created.url, applicationName: 'batching', max: 4 });
  });
  afterAll(async () => {
    await database.close();
    await created.drop();
  });

  /** Loads scans into an empty dataset; returns its columns and rows without load ids. */
  async function tablesOf(scans: Scans): Promise<Tables> {
    await dropDataset(database, DATASET);
    await loadDocuments(database, { dataset: DATASET, scans, packages: 'one-page' });
    return readTables(database, DATASET);
  }

  test('are the same from one page and from any pages, packages and runs', async () => {
    const cut = numbered(nested).chain((records) =>
      fc.tuple(fc.constant(records), batched(records)),
    );
    await fc.assert(
      fc.asyncProperty(cut, async ([records, scans]) => {
        expect(await tablesOf(scans)).toEqual(await tablesOf(whole(records)));
      }),
      parameters,
    );
  }, 600_000);

  test('hold the same values in every order of records whose names have one type each', async () => {
    await fc.assert(
      fc.asyncProperty(numbered(typed).chain(shuffled), async ([records, scans]) => {
        const inOrder = await tablesOf(whole(records));

        expect(withoutOrder(await tablesOf(scans))).toEqual(withoutOrder(inOrder));
      }),
      parameters,
    );
  }, 600_000);

  // As with dlt, the first value of a name decides its type: 60 and then 60.5 are two columns, 60.5 and then 60 are one.
  test('hold the same in every order once every name has been seen', async () => {
    await fc.assert(
      fc.asyncProperty(numbered(nested).chain(shuffled), async ([records, scans]) => {
        const first = whole(
          records.map((record, index) => ({ ...record, id: -1n - BigInt(index) })),
        );
        const inOrder = await tablesOf([...first, ...whole(records)]);

        expect(await tablesOf([...first, ...scans])).toEqual(inOrder);
      }),
      parameters,
    );
  }, 600_000);
});

/** Records with the same in another order, cut anywhere. */
function shuffled(
  records: readonly JsonObject[],
): fc.Arbitrary<readonly [readonly JsonObject[], Scans]> {
  const another = fc.shuffledSubarray([...records], { minLength: records.length });
  return fc.tuple(fc.constant(records), another.chain(batched));
}

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { restRecords } from '../../functions/engine/extract/records.ts';
import type { JsonObject, JsonValue } from '../../functions/engine/model/json.ts';
import type { Page } from '../../functions/engine/model/page.ts';
import { EVOLVE } from '../../functions/engine/model/schema.ts';
import { writeExact } from '../../functions/engine/normalize/exactJson.ts';
import { type Database, openPool } from '../../functions/engine/sql/pool.ts';
import { openLoader } from '../../scripts/parity/loader.ts';
import { specOf } from '../../scripts/parity/replay.ts';
import { dropDataset, readDataset } from '../../scripts/parity/stored.ts';
import { createDatabase, type TestDatabase } from '../support/postgres.ts';

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 10);
const DATASET = 'batching';
const select = restRecords(undefined);

const text = fc.constantFrom('a', '7', 'true', '2024-01-11T10:13:33Z', '2024-01-11', 'a\0b', 'ß');
const scalar: fc.Arbitrary<JsonValue> = fc.oneof(
  text,
  fc.boolean(),
  fc.constant(null),
  fc.bigInt({ min: -5n, max: 2n ** 63n }),
  fc.constantFrom(1, 1.5, 1e300),
);

/** Anything below any of few names, some of which are the same once they are columns. */
const { nested } = fc.letrec<{ nested: JsonObject; value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { weight: 4, arbitrary: scalar },
    { weight: 1, arbitrary: tie('nested') },
    { weight: 1, arbitrary: fc.array(tie('value'), { maxLength: 3 }) },
  ),
  nested: fc.dictionary(fc.constantFrom('a', 'b', 'fooBar', 'foo_bar', 'a__b', '9'), tie('value'), {
    maxKeys: 4,
  }),
}));

/** Every name has one type, so that the order of the records decides about nothing. */
const typed: fc.Arbitrary<JsonObject> = fc.record(
  {
    count: fc.bigInt({ min: 0n, max: 9n }),
    share: fc.constantFrom(0.5, 2),
    name: fc.constantFrom('x', 'y'),
    at: fc.constant('2024-01-11T10:13:33Z'),
    owner: fc.record(
      { id: fc.bigInt({ min: 0n, max: 9n }), ownName: fc.constant('z') },
      { requiredKeys: [] },
    ),
    tags: fc.array(fc.constantFrom('p', 'q'), { maxLength: 3 }),
    fooBar: fc.bigInt({ min: 0n, max: 9n }),
    foo_bar: fc.bigInt({ min: 0n, max: 9n }),
  },
  { requiredKeys: [] },
);

function numbered(records: fc.Arbitrary<JsonObject>): fc.Arbitrary<readonly JsonObject[]> {
  return fc
    .array(records, { minLength: 1, maxLength: 8 })
    .map((list) => list.map((record, index) => ({ id: BigInt(index), ...record })));
}

describe('the tables of a list of records', () => {
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

  /** Loads scans of pages into an empty dataset; returns its columns and rows without load ids. */
  async function tablesOf(scans: readonly (readonly (readonly JsonObject[])[])[]): Promise<Tables> {
    await dropDataset(database, DATASET);
    const hints = { writeDisposition: 'merge', primaryKey: ['id'], ids: 'random' } as const;
    const resource = specOf('items', { hints });
    const loader = await openLoader(database, { dataset: DATASET, resources: [resource] });
    for (const scan of scans) {
      const pages = scan.map((records, index) => pageOf(records, index === scan.length - 1));
      await loader.load({ resource, partition: '', pages, nesting: 2, contract: EVOLVE });
    }
    const { columns, rows } = await readDataset(database, DATASET);
    const kept = [...rows].map(([table, lines]): [string, readonly string[]] => [
      table,
      lines.map((line) => line.replace(/"_dlt_load_id":"[\d.]+"/, '"_dlt_load_id":""')).toSorted(),
    ]);
    return { columns: Object.fromEntries(columns), rows: Object.fromEntries(kept) };
  }

  test('are the same from one page, from many pages and from many runs', async () => {
    await fc.assert(
      fc.asyncProperty(numbered(nested), async (records) => {
        const whole = await tablesOf([[records]]);

        expect(await tablesOf([records.map((record) => [record])])).toEqual(whole);
        expect(await tablesOf(records.map((record) => [[record]]))).toEqual(whole);
      }),
      { numRuns: RUNS },
    );
  }, 600_000);

  test('hold the same values in every order of the records', async () => {
    const ordered = numbered(typed).chain((records) =>
      fc.tuple(
        fc.constant(records),
        fc.shuffledSubarray([...records], { minLength: records.length }),
      ),
    );
    await fc.assert(
      fc.asyncProperty(ordered, async ([records, shuffled]) => {
        const inOrder = await tablesOf([[records]]);
        const inAnother = await tablesOf(shuffled.map((record) => [[record]]));

        expect(withoutOrder(inAnother)).toEqual(withoutOrder(inOrder));
      }),
      { numRuns: RUNS },
    );
  }, 600_000);
});

interface Tables {
  readonly columns: Readonly<Record<string, readonly string[]>>;
  readonly rows: Readonly<Record<string, readonly string[]>>;
}

/** Columns and rows as sets: the order of columns is that in which they were found. */
function withoutOrder({ columns, rows }: Tables): Tables {
  const sorted = (line: string): string =>
    JSON.stringify(
      Object.entries(JSON.parse(line) as object).toSorted(([left], [right]) =>
        left < right ? -1 : 1,
      ),
    );
  const each = (lists: Tables['rows'], change: (line: string) => string): Tables['rows'] =>
    Object.fromEntries(
      Object.entries(lists).map(([name, list]) => [name, list.map(change).toSorted()]),
    );
  return { columns: each(columns, (column) => column), rows: each(rows, sorted) };
}

function pageOf(records: readonly JsonObject[], isLast: boolean): Page {
  const body = writeExact(records);
  return {
    request: '/items',
    text: body,
    records: select(JSON.parse(body)),
    select,
    columns: {},
    position: isLast ? { at: 'end', cursor: undefined } : { at: 'page', token: { page: 2 } },
  };
}

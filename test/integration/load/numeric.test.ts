import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { numericBytes } from '../../../functions/engine/normalize/numeric.ts';
import { TupleWriter } from '../../../functions/engine/normalize/tupleWriter.ts';
import { binaryCopy } from '../../../functions/engine/sql/copy.ts';
import { type Database, openPool } from '../../../functions/engine/sql/pool.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';

const LITERALS = [
  ...['0', '1', '-1', '9', '10', '9999', '10000', '99999', '100000000', '-12.50', '0.1', '-0.5'],
  ...['0.0001', '0.00001', '1.0000', '10000.0001', '123456789012345678901234567890', '0.10'],
  ...['18446744073709551616', '-18446744073709551616', '1000000000000000000000000000000000000'],
  ...['3.14159265358979323846264338327950288', '00012.3400', '0.000', `1${'0'.repeat(400)}`],
];

describe('numericBytes', () => {
  let created: TestDatabase;
  let database: Database;

  beforeAll(async () => {
    created = await createDatabase();
    database = openPool({ url: created.url, applicationName: 'tests', max: 1 });
    await database.query(sql`create table number (at int, value numeric)`);
  });
  afterAll(async () => {
    await database.close();
    await created.drop();
  });

  test('is what PostgreSQL reads the literal as, digits after the point included', async () => {
    const out = new TupleWriter();
    LITERALS.forEach((literal, at) => {
      out.begin(2);
      out.int32(at);
      out.bytes(numericBytes(literal));
    });
    await database.transaction(undefined, (session) =>
      session.copyIn(sql`copy number from stdin (format binary)`, binaryCopy([out.take()])),
    );

    const { rows } = await database.query<{ stored: string; literal: string; equal: boolean }>(
      sql`select n.value::text as stored, l.literal::numeric::text as literal,
                 n.value = l.literal::numeric and n.value + 0 = l.literal::numeric + 0 as equal
          from number n join unnest($1::text[]) with ordinality l(literal, at) on l.at = n.at + 1
          order by n.at`,
      [LITERALS],
    );

    expect(rows).toHaveLength(LITERALS.length);
    expect(rows.filter(({ stored, literal, equal }) => !equal || stored !== literal)).toEqual([]);
  });
});

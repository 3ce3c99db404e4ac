import fc from 'fast-check';

import type { JsonObject, JsonValue } from '../../functions/engine/model/json.ts';
import { writeExact } from '../../functions/engine/normalize/exactJson.ts';
import type { Scans } from './loadDocuments.ts';

const text = fc.constantFrom('a', '7', 'true', '2024-01-11T10:13:33Z', '2024-01-11', 'a\0b', 'ß');
const scalar: fc.Arbitrary<JsonValue> = fc.oneof(
  text,
  fc.boolean(),
  fc.constant(null),
  fc.bigInt({ min: -5n, max: 2n ** 63n }),
  fc.constantFrom(1, 1.5, 1e300),
);

/** Anything below any of few names, some of which are the same once they are columns. */
export const { nested } = fc.letrec<{ nested: JsonObject; value: JsonValue }>((tie) => ({
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
export const typed: fc.Arbitrary<JsonObject> = fc.record(
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

/** Records with an id each. */
export function numbered(records: fc.Arbitrary<JsonObject>): fc.Arbitrary<readonly JsonObject[]> {
  return fc
    .array(records, { minLength: 1, maxLength: 8 })
    .map((list) => list.map((record, index) => ({ id: BigInt(index), ...record })));
}

/** Records of which some come again, changed. */
export function repeating(records: fc.Arbitrary<JsonObject>): fc.Arbitrary<readonly JsonObject[]> {
  const record = fc.tuple(fc.bigInt({ min: 0n, max: 5n }), records);
  return fc
    .array(record, { minLength: 4, maxLength: 12 })
    .map((list) => list.map(([id, fields]) => ({ id, ...fields })));
}

/** The records in their order, cut into pages and scans anywhere. */
export function batched(records: readonly JsonObject[]): fc.Arbitrary<Scans> {
  const ending = fc.constantFrom('none', 'page', 'page', 'scan');
  const endings = fc.array(ending, { minLength: records.length, maxLength: records.length });
  return endings.map((list) => {
    const scans: JsonObject[][][] = [[[]]];
    records.forEach((record, index) => {
      scans.at(-1)?.at(-1)?.push(record);
      if (index === records.length - 1) return;
      if (list[index] === 'page') scans.at(-1)?.push([]);
      if (list[index] === 'scan') scans.push([[]]);
    });
    return scans.map((pages) => pages.map((page) => writeExact(page)));
  });
}

/** One page in one scan. */
export function whole(records: readonly JsonObject[]): Scans {
  return [[writeExact(records)]];
}

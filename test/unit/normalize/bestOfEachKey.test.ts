import { describe, expect, test } from 'vitest';

import type { JsonObject, JsonValue } from '../../../functions/engine/model/json.ts';
import { bestOfEachKey } from '../../../functions/engine/normalize/bestOfEachKey.ts';
import { specOf } from '../../../scripts/parity/replay.ts';

function kept(values: readonly JsonValue[], keep: 'highest' | 'lowest'): readonly JsonObject[] {
  const hints = { writeDisposition: 'merge', primaryKey: ['id'], ids: 'random' } as const;
  const records = values.map((seq, place) => ({ id: 1, seq, place }));
  return bestOfEachKey(records, {
    ...specOf('items', { hints }),
    dedupSort: { column: 'seq', keep },
  });
}

const EAST = '2024-01-01T10:00:00+05:00';
const UTC = '2024-01-01T06:00:00Z';

describe('bestOfEachKey', () => {
  test.each([
    { name: 'the highest', values: [3, 5, 1], keep: 'highest', place: 1 },
    { name: 'the lowest', values: [3, 5, 1], keep: 'lowest', place: 2 },
    { name: 'the first of equal ones', values: [3, 3], keep: 'highest', place: 0 },
    { name: 'null as the highest', values: [3, null, null], keep: 'highest', place: 1 },
    { name: 'null last as the lowest', values: [null, 3], keep: 'lowest', place: 1 },
    { name: 'the latest instant', values: [EAST, UTC], keep: 'highest', place: 1 },
  ] as const)('keeps $name', ({ values, keep, place }) => {
    expect(kept(values, keep)).toMatchObject([{ place }]);
  });
});

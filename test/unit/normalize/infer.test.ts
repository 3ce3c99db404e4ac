import { describe, expect, test } from 'vitest';

import { inferType, valueKind } from '../../../functions/engine/normalize/infer.ts';

const values = [
  { name: 'an integer', input: 1n, type: 'bigint', kind: 'bigint' },
  { name: 'the largest bigint', input: 2n ** 63n - 1n, type: 'bigint', kind: 'bigint' },
  { name: 'the smallest bigint', input: -(2n ** 63n), type: 'bigint', kind: 'bigint' },
  { name: 'an integer beyond 64 bits', input: 2n ** 63n, type: 'decimal', kind: 'decimal' },
  { name: 'a float without fraction', input: 1, type: 'double', kind: 'double' },
  { name: 'a boolean', input: false, type: 'bool', kind: 'bool' },
  { name: 'a timestamp', input: '2024-01-11T10:13:33.506Z', type: 'timestamp', kind: 'text' },
  { name: 'a date', input: '2024-01-11', type: 'text', kind: 'text' },
  { name: 'digits', input: '1704968013', type: 'text', kind: 'text' },
  { name: 'an empty text', input: '', type: 'text', kind: 'text' },
  { name: 'a list', input: [], type: 'json', kind: 'json' },
  { name: 'an object', input: {}, type: 'json', kind: 'json' },
] as const;

describe('inferType', () => {
  test.each(values)('makes $type of $name', ({ input, type }) => {
    expect(inferType(input)).toBe(type);
  });

  test('makes no column of null', () => {
    expect(inferType(null)).toBeUndefined();
  });
});

describe('valueKind', () => {
  test.each(values)('is $kind for $name', ({ input, kind }) => {
    expect(valueKind(input)).toBe(kind);
  });
});

import { describe, expect, test } from 'vitest';

import type { JsonValue } from '../../../functions/engine/model/json.ts';
import type { DataType } from '../../../functions/engine/model/schema.ts';
import { coerce, IMPOSSIBLE } from '../../../functions/engine/normalize/coerce.ts';

interface Case {
  readonly to: DataType;
  readonly value: JsonValue;
  readonly expected: JsonValue | typeof IMPOSSIBLE;
}

const cases: readonly Case[] = [
  { to: 'text', value: 7, expected: '7.0' },
  { to: 'text', value: 1e16, expected: '1e+16' },
  { to: 'text', value: 0.000_01, expected: '1e-05' },
  { to: 'text', value: 7n, expected: '7' },
  { to: 'text', value: true, expected: 'True' },
  { to: 'text', value: { a: [1n, 1] }, expected: '{"a":[1,1.0]}' },
  { to: 'bigint', value: '123', expected: 123n },
  { to: 'bigint', value: ' 1_000 ', expected: 1000n },
  { to: 'bigint', value: '0x10', expected: 16n },
  { to: 'bigint', value: '١٢', expected: 12n },
  { to: 'bigint', value: '1__0', expected: IMPOSSIBLE },
  { to: 'bigint', value: '9223372036854775808', expected: IMPOSSIBLE },
  { to: 'bigint', value: 2n ** 63n, expected: IMPOSSIBLE },
  { to: 'bigint', value: 7, expected: 7n },
  { to: 'bigint', value: 1e20, expected: IMPOSSIBLE },
  { to: 'bigint', value: 1.5, expected: IMPOSSIBLE },
  { to: 'bigint', value: true, expected: IMPOSSIBLE },
  { to: 'double', value: 2n ** 53n, expected: 9007199254740992 },
  { to: 'double', value: 10n ** 400n, expected: IMPOSSIBLE },
  { to: 'double', value: '-.5e3', expected: -500 },
  { to: 'double', value: '1_0.5', expected: 10.5 },
  { to: 'double', value: '0x10', expected: 16 },
  { to: 'double', value: 'nan', expected: IMPOSSIBLE },
  { to: 'double', value: '1e400', expected: IMPOSSIBLE },
  { to: 'double', value: '', expected: IMPOSSIBLE },
  { to: 'bool', value: 'YES', expected: true },
  { to: 'bool', value: 'f', expected: false },
  { to: 'bool', value: ' 1 ', expected: IMPOSSIBLE },
  { to: 'bool', value: -0, expected: false },
  { to: 'bool', value: 5n, expected: true },
  { to: 'json', value: '{"a":1.0}', expected: { a: 1 } },
  { to: 'json', value: '[1e400]', expected: IMPOSSIBLE },
  { to: 'json', value: 'not json', expected: IMPOSSIBLE },
  { to: 'json', value: 1n, expected: IMPOSSIBLE },
  { to: 'timestamp', value: 1.5, expected: 1_500_000n },
  { to: 'timestamp', value: '2024-01-11', expected: 1_704_931_200_000_000n },
  { to: 'timestamp', value: 10n ** 18n, expected: IMPOSSIBLE },
  { to: 'timestamp', value: true, expected: IMPOSSIBLE },
  { to: 'date', value: '2024-01-11T23:30:00-01:00', expected: '2024-01-12' },
  { to: 'date', value: '0007-01-01', expected: '0007-01-01' },
  { to: 'date', value: -1n, expected: '1969-12-31' },
  { to: 'date', value: 'soon', expected: IMPOSSIBLE },
  { to: 'decimal', value: 2n ** 64n, expected: '18446744073709551616' },
  { to: 'decimal', value: 1.5e-7, expected: '0.00000015' },
  { to: 'decimal', value: 1e22, expected: '10000000000000000000000' },
  { to: 'decimal', value: ' -12.3e2 ', expected: '-1230' },
  { to: 'decimal', value: '.5', expected: '0.5' },
  { to: 'decimal', value: '.', expected: IMPOSSIBLE },
  { to: 'decimal', value: 'NaN', expected: IMPOSSIBLE },
  { to: 'decimal', value: '1e9999', expected: IMPOSSIBLE },
  { to: 'bigint', value: null, expected: null },
];

describe('coerce', () => {
  test.each(cases.map((entry) => [entry.to, entry.value, entry] as const))(
    'makes %s of %o',
    (to, value, { expected }) => {
      expect(coerce(value, to)).toStrictEqual(expected);
    },
  );
});

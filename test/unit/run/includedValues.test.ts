import { expect, test } from 'vitest';

import { includedValues } from '../../../functions/engine/run/includedValues.ts';

test.each([
  { type: 'bigint', text: '9007199254740993', value: 9007199254740993n },
  { type: 'decimal', text: '18446744073709551616', value: 18446744073709551616n },
  { type: 'decimal', text: '1.50', value: '1.50' },
  { type: 'double', text: '2', value: 2 },
  { type: 'bool', text: 'false', value: false },
  { type: 'text', text: '7', value: '7' },
  {
    type: 'timestamp',
    text: '2024-01-11T10:13:33.000001Z',
    value: '2024-01-11T10:13:33.000001Z',
  },
  { type: 'json', text: '{"a": [1, 1.0]}', value: { a: [1n, 1] } },
  { type: 'text', text: null, value: null },
  { type: undefined, text: null, value: null },
] as const)('a stored $type $text is included as $value', ({ type, text, value }) => {
  expect(includedValues([{ name: '_owners_x', type, text }])).toEqual({ _owners_x: value });
});

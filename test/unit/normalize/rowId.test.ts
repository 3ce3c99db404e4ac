import { createHash } from 'node:crypto';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { childId, keyId } from '../../../functions/engine/normalize/rowId.ts';
import { shake128 } from '../../../functions/engine/normalize/shake128.ts';

describe('keyId', () => {
  test.each([
    { name: 'an integer', input: { id: 1n }, expected: 'z5jIxXIbUnmbKw' },
    { name: 'an integer read by JSON.parse', input: { id: 1 }, expected: 'z5jIxXIbUnmbKw' },
    { name: 'names in any order', input: { b: 2n, a: 1n }, expected: '7YJLC4XnC7j4mw' },
    { name: 'a text with signs', input: { key: 'K é "q"' }, expected: 'VtdgCytFrlMQjQ' },
    {
      name: 'every kind of value',
      input: { id: 10n ** 15n, f: 1.5, g: true, h: null },
      expected: 'kc+v6T1onEd7zQ',
    },
  ])('names a row by $name', ({ input, expected }) => {
    expect(keyId(input)).toBe(expected);
  });
});

test('keyId tells a float from an integer where the column is one for floats', () => {
  expect(keyId({ id: 1 }, new Set(['id']))).toBe('cvXT4XHjvZjFxg');
  expect(keyId({ id: 1 })).toBe('z5jIxXIbUnmbKw');
});

describe('childId', () => {
  test("names a child row by its parent's id, its table and its place", () => {
    expect(childId('wbfLDKMElwEhaN', 'a__b__c', 310)).toBe('bXyxKa8JvZGuLg');
  });
});

describe('shake128', () => {
  test('equals the hash of node:crypto for every text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        const bytes = createHash('shake128', { outputLength: 10 }).update(text, 'utf8').digest();

        expect(shake128(text)).toBe(bytes.toString('base64').slice(0, 14));
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  MAX_IDENTIFIER_LENGTH,
  normalizeIdentifier,
  normalizeKey,
  normalizePath,
  shortenFragments,
  tagOf,
} from '../../../functions/engine/normalize/naming.ts';

const LONG = 'runner_'.repeat(12);

describe('normalizeKey', () => {
  test.each([
    { name: 'keeps snake_case', input: 'created_at', expected: 'created_at' },
    { name: 'keeps a leading underscore', input: '_dlt_id', expected: '_dlt_id' },
    { name: 'breaks camel case', input: 'externalK8sProxyUrl', expected: 'external_k8s_proxy_url' },
    { name: 'breaks after capitals', input: 'HTTPServerURL', expected: 'http_server_url' },
    { name: 'breaks after one letter', input: 'iPhone', expected: 'i_phone' },
    { name: 'joins capitals and digits', input: 'SHA256sum', expected: 'sha256sum' },
    { name: 'replaces a hyphen', input: 'Signed-off-by', expected: 'signed_off_by' },
    { name: 'spells signs as letters', input: 'a+b*c@d|e', expected: 'axbxcadle' },
    { name: 'puts an underscore before a digit', input: '2fa', expected: '_2fa' },
    { name: 'ends a trailing underscore with x', input: 'trail_', expected: 'trailx' },
    { name: 'drops a trailing separator', input: 'trail__', expected: 'trail' },
    { name: 'drops a leading separator', input: '__lead', expected: 'lead' },
    { name: 'keeps a separator inside', input: 'a___b', expected: 'a___b' },
    { name: 'drops other letters', input: 'café', expected: 'cafx' },
    { name: 'keeps the digits of other scripts', input: 'a٠', expected: 'a٠' },
    { name: "strips Python's blanks", input: '\u001c a\u0085', expected: 'a' },
    { name: 'keeps no byte order mark', input: '\ufeffa', expected: '_a' },
    { name: 'names the empty key', input: '', expected: '_empty' },
    { name: 'names a blank key', input: ' \t', expected: '_empty' },
    { name: 'names a separator', input: '__', expected: 'xx' },
    { name: 'names separators around blanks', input: '__ __', expected: 'xxxxx' },
    { name: 'replaces signs in a row by one underscore', input: 'a!!', expected: 'ax' },
    {
      name: 'shortens snake_case too',
      input: 'long_name_'.repeat(8).slice(0, -1),
      expected: 'long_name_long_name_long_name31kqqaong_name_long_name_long_name',
    },
    {
      name: 'counts characters, not halves of surrogate pairs',
      input: `a${'𝟘'.repeat(MAX_IDENTIFIER_LENGTH - 1)}`,
      expected: `a${'𝟘'.repeat(MAX_IDENTIFIER_LENGTH - 1)}`,
    },
  ])('$name', ({ input, expected }) => {
    expect(normalizeKey(input)).toBe(expected);
  });

  test('gives every key a name of 1 to 63 characters of lower case letters, digits and underscores', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (key) => {
        const name = normalizeKey(key);

        expect(name).not.toBe('');
        expect(Array.from(name).length).toBeLessThanOrEqual(MAX_IDENTIFIER_LENGTH);
        expect(name).not.toMatch(/[^_\p{Nd}a-z]/u);
      }),
    );
  });

  test.each(['aA', 'A', '_', ' ', '1', 'é', '-', 'a_', 'a '])(
    'takes time linear in a key of 1 MB of %j',
    (unit) => {
      const start = performance.now();

      normalizeKey(`${unit.repeat(1_000_000 / unit.length)}!`);

      expect(performance.now() - start).toBeLessThan(5_000);
    },
  );
});

describe('normalizeIdentifier', () => {
  test.each([
    { name: 'collapses underscores', input: '__a__b__', expected: '_a_bxx' },
    { name: 'collapses more than two underscores', input: 'a___b', expected: 'a_b' },
    { name: 'names blank text', input: '  ', expected: '_empty' },
  ])('$name', ({ input, expected }) => {
    expect(normalizeIdentifier(input)).toBe(expected);
  });

  test('shortens to the length asked for, with a tag in the middle', () => {
    expect(normalizeIdentifier('abcdefghijklmnopqrstuvwxyz', 16)).toMatch(/^abcde.{6}vwxyz$/);
  });
});

describe('normalizePath', () => {
  test('is empty when every part is blank', () => {
    expect(normalizePath('__ __')).toBe('');
  });
});

describe('tagOf', () => {
  test('has letters and digits only, where base64 has signs', () => {
    expect(tagOf('key368')).toBe('2esabg');
  });
});

describe('shortenFragments', () => {
  test('joins short names', () => {
    expect(shortenFragments(['a', 'b__c'])).toBe('a__b__c');
  });

  test('leaves out blank names', () => {
    expect(shortenFragments(['a', ' ', 'b'])).toBe('a__b');
  });

  test('tells long names apart that begin and end alike', () => {
    const names = ['x', 'y'].map((middle) => shortenFragments([LONG, middle, LONG]));

    expect(new Set(names).size).toBe(2);
    expect(names.map((name) => name.length)).toEqual([63, 63]);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { isJsonObject, type JsonValue } from '../../../functions/engine/model/json.ts';
import { readExact, writeExact } from '../../../functions/engine/normalize/exactJson.ts';
import { isExactlyReadable } from '../../../functions/engine/normalize/isExactlyReadable.ts';

const DEPTH = 100_000;

/** What `JSON.parse` would have given for an exactly read value, without negative zeros. */
function plain(value: JsonValue): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number') return value + 0;
  if (Array.isArray(value)) return value.map((member: JsonValue) => plain(member));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value + 0 : null;
}

/** Texts of numbers as GitLab might spell them. */
const literals = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.oneof(
      fc.maxSafeNat(),
      fc.constantFrom('0', '9223372036854775807', '12345678901234567890123'),
    ),
    fc.constantFrom('', '.0', '.5', '.50', '.000000000000000000001'),
    fc.constantFrom('', 'e5', 'E+2', 'e-7'),
  )
  .map((parts) => parts.join(''));

const documents = fc.letrec<{ text: string }>((tie) => {
  const member = tie('text');
  const space = fc.constantFrom('', '', ' ', '\n\t', '\r');
  const key = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'a', '7', 'constructor'));
  const string = fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text));
  return {
    text: fc.oneof(
      { depthSize: 'medium', withCrossShrink: true },
      fc.oneof(
        string,
        literals,
        fc.constantFrom('true', 'false', 'null', '{}', '[]', '{ }', '[ ]'),
      ),
      fc
        .tuple(fc.array(member, { maxLength: 5 }), space)
        .map(([list, gap]) => `[${gap}${list.join(`${gap},${gap}`)}${gap}]`),
      fc
        .tuple(fc.array(fc.tuple(key, member), { maxLength: 5 }), space)
        .map(([entries, gap]) =>
          entries.map(([name, text]) => `${gap}${JSON.stringify(name)}${gap}:${gap}${text}${gap}`),
        )
        .map((members) => `{${members.join(',')}}`),
    ),
  };
}).text;

const readings = [
  { name: 'an integer', input: '1', expected: 1n },
  { name: 'a float without fraction', input: '1.0', expected: 1 },
  {
    name: 'every digit of an integer',
    input: '-9223372036854775809',
    expected: -9223372036854775809n,
  },
  { name: 'an exponent as a float', input: '1E2', expected: 100 },
  { name: 'a negative zero as an integer', input: '-0', expected: 0n },
  { name: 'a negative float zero', input: '-0.0', expected: -0 },
  { name: 'a float beyond range as null', input: '[-1e400]', expected: [null] },
  { name: 'the last of equal keys', input: '{"a":1,"a":2}', expected: { a: 2n } },
  { name: 'escapes', input: String.raw`"\"\\\u0041\n\ud83d\ude00"`, expected: '"\\A\n😀' },
  {
    name: 'an escape after a plain text',
    input: String.raw`["a","\\","b"]`,
    expected: ['a', '\\', 'b'],
  },
  { name: 'space everywhere', input: ' {\n"a" :\t[ 1 , { } ] }\r', expected: { a: [1n, {}] } },
];

describe('readExact', () => {
  test.each(readings)('reads $name', ({ input, expected }) => {
    expect(readExact(input)).toStrictEqual(expected);
  });

  test('keeps `__proto__` as a member', () => {
    const value = readExact('{"__proto__":{"a":1},"b":2}');

    expect(Object.keys(value ?? {})).toEqual(['__proto__', 'b']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  test('gives a float beyond range as infinity when asked to', () => {
    expect(readExact('[1e400, -1e400]', 'infinity')).toEqual([Infinity, -Infinity]);
  });

  test('refuses a float beyond range when asked to', () => {
    expect(() => readExact('1e400', 'throw')).toThrow(RangeError);
  });

  test.each(['', '{', '[1,]', 'nul', '01', '"\t"', '"\\x"', '1 2', '\ufeff1', '{"a"}', '-'])(
    'throws what JSON.parse throws on %j',
    (text) => {
      expect(() => readExact(text)).toThrow(SyntaxError);
    },
  );

  test('equals JSON.parse up to the kinds of numbers', () => {
    fc.assert(
      fc.property(documents, (text) => {
        const parsed: unknown = JSON.parse(text, (_, value: unknown) =>
          typeof value === 'number' ? finite(value) : value,
        );

        expect(plain(readExact(text))).toEqual(parsed);
      }),
      { numRuns: 300 },
    );
  });
});

describe('readExact on large documents', () => {
  test('survives depth', () => {
    expect(writeExact(readExact('['.repeat(DEPTH) + ']'.repeat(DEPTH)))).toHaveLength(2 * DEPTH);
    expect(readExact('{"a":'.repeat(DEPTH) + '1' + '}'.repeat(DEPTH))).toHaveProperty('a');
  });

  test.each([
    { name: 'one long text', text: `"${'x'.repeat(50_000_000)}"` },
    { name: 'many escapes', text: String.raw`"${'\\n'.repeat(5_000_000)}"` },
    { name: 'many texts after one escape', text: String.raw`["\n",${'"abc",'.repeat(500_000)}1]` },
    { name: 'many digits', text: '9'.repeat(1_000_000) },
  ])('takes linear time for $name', ({ text }) => {
    const start = performance.now();

    readExact(text);

    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

describe('writeExact', () => {
  test.each([
    {
      name: 'integers',
      input: [1n, -12345678901234567890n],
      expected: '[1,-12345678901234567890]',
    },
    {
      name: 'floats with a point',
      input: [1, 0.5, -0, 1e15],
      expected: '[1.0,0.5,-0.0,1000000000000000.0]',
    },
    {
      name: 'floats with an exponent',
      input: [1e16, 1.5e-7, 1e22],
      expected: '[1e+16,1.5e-7,1e+22]',
    },
    { name: 'small floats', input: [0.000_01, 0.000_001], expected: '[0.00001,1e-6]' },
    { name: 'words', input: [true, false, null], expected: '[true,false,null]' },
    { name: 'nothing', input: [{}, []], expected: '[{},[]]' },
    {
      name: 'objects',
      input: { a: { 'b"': [] }, c: 'é\n' },
      expected: String.raw`{"a":{"b\"":[]},"c":"é\n"}`,
    },
    { name: 'no NUL', input: { 'a\0': 'b\0c' }, expected: '{"a":"bc"}' },
    { name: 'no lone surrogate', input: ['\ud800a', '😀'], expected: '["\ufffda","😀"]' },
    { name: 'a text', input: 'a', expected: '"a"' },
  ])('writes $name', ({ input, expected }) => {
    expect(writeExact(input)).toBe(expected);
  });

  test('writes integers read by JSON.parse as integers', () => {
    expect(writeExact({ a: [1, -0, 1.5, 1e16] }, 'plain')).toBe('{"a":[1,0,1.5,1e+16]}');
  });

  test('writes what readExact reads', () => {
    fc.assert(
      fc.property(documents, (text) => {
        const written = writeExact(readExact(text));

        expect(writeExact(readExact(written))).toBe(written);
      }),
    );
  });
});

describe('isExactlyReadable', () => {
  test.each([
    {
      input: '{"id":123456789012345,"sha":"4b7e16","at":"2024-01-11T10:13:33.000Z"}',
      expected: true,
    },
    { input: '{"sha":"12e4567890123456789012345678901234567890","coverage":98.5}', expected: true },
    { input: '[1.50,0.25,-7]', expected: true },
    { input: '{"id":1234567890123456}', expected: false },
    { input: '{"duration":1.0}', expected: false },
    { input: '[-2.00]', expected: false },
    { input: '1.0', expected: false },
    { input: '[1e5]', expected: false },
    { input: '[ 1.5E+3 ]', expected: false },
    { input: '[123456789012345.999]', expected: false },
  ])('is $expected for $input', ({ input, expected }) => {
    expect(isExactlyReadable(input)).toBe(expected);
  });

  test('is true only when both readings print the same', () => {
    fc.assert(
      fc.property(documents, (text) => {
        const parsed = writeExact(JSON.parse(text) as JsonValue, 'plain');

        expect(!isExactlyReadable(text) || parsed === writeExact(readExact(text))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

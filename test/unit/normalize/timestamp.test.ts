import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  coerceToMicros,
  isTimestamp,
  MICROS_TO_2000,
  timestampMicros,
  unixMicros,
  writeTimestamp,
} from '../../../functions/engine/normalize/timestamp.ts';

function isoOf(micros: bigint | undefined): string | undefined {
  if (micros === undefined) return undefined;
  const millis = micros >= 0n ? micros / 1000n : (micros - 999n) / 1000n;
  const rest = String(micros - millis * 1000n).padStart(3, '0');
  return new Date(Number(millis)).toISOString().replace('Z', rest);
}

function written(text: string): bigint | undefined {
  const buffer = Buffer.alloc(12);
  return writeTimestamp(text, buffer, 4) ? buffer.readBigInt64BE(4) + MICROS_TO_2000 : undefined;
}

const timestamps = [
  { name: 'UTC', input: '2024-01-11T10:13:33.506Z', expected: '2024-01-11T10:13:33.506000' },
  { name: 'an offset', input: '2024-01-11T10:13:33+02:00', expected: '2024-01-11T08:13:33.000000' },
  {
    name: 'a short offset',
    input: '2024-01-11T10:13:33.5-07',
    expected: '2024-01-11T17:13:33.500000',
  },
  {
    name: 'an open offset',
    input: '2024-01-11T10:13:33+02:',
    expected: '2024-01-11T08:13:33.000000',
  },
  { name: 'no zone', input: '2024-01-11 10:13:33', expected: '2024-01-11T10:13:33.000000' },
  { name: 'a comma', input: '2024-01-11T10:13:33,1', expected: '2024-01-11T10:13:33.100000' },
  {
    name: 'nanoseconds',
    input: '2024-01-11T10:13:33.123456789Z',
    expected: '2024-01-11T10:13:33.123456',
  },
  { name: 'hours only', input: '2024-01-11T14', expected: '2024-01-11T14:00:00.000000' },
  { name: 'the compact form', input: '20240111T101333Z', expected: '2024-01-11T10:13:33.000000' },
  { name: 'a day of the year', input: '2024-366T10', expected: '2024-12-31T10:00:00.000000' },
  { name: 'a week', input: '2020-W53-7T10', expected: '2021-01-03T10:00:00.000000' },
  { name: 'slashes', input: '2024/01/11 1:2:3', expected: '2024-01-11T01:02:03.000000' },
  { name: 'a year and a time', input: '2024 10:13', expected: '2024-01-01T10:13:00.000000' },
  { name: 'February 29th', input: '2000-02-29T00:00:00Z', expected: '2000-02-29T00:00:00.000000' },
  {
    name: 'the first instant',
    input: '0001-01-01T00:00:00Z',
    expected: '0001-01-01T00:00:00.000000',
  },
  {
    name: 'the last instant',
    input: '9999-12-31T23:59:59.999999Z',
    expected: '9999-12-31T23:59:59.999999',
  },
];

const others = [
  '',
  '2024-01-11',
  '10:13:33',
  '1704968013',
  '2024-01-11t10:13:33z',
  '2024-01-11 10:13:33 UTC',
  '2024-01-11T24:00:00Z',
  '2024-01-11T10:13:60Z',
  '2023-02-29T10:00:00Z',
  '1900-02-29T10:00:00Z',
  '10000-01-01T00:00:00Z',
  '2024-01-11T10:13:33.',
  '2024-01-11T10:13:33+24:00',
  '0001-01-01T00:00:00+01:00',
  '9999-12-31T23:59:59-01:00',
  '20240111T10:13:33',
  '2024-01-11T10:13:33Z\n',
  '٢٠٢٤-01-11T10:13:33Z',
];

describe('timestampMicros', () => {
  test.each(timestamps)('reads $name', ({ input, expected }) => {
    expect(isoOf(timestampMicros(input))).toBe(expected);
  });

  test.each(others)('does not take %j for a timestamp', (input) => {
    expect(timestampMicros(input)).toBeUndefined();
    expect(isTimestamp(input)).toBe(false);
  });
});

describe('writeTimestamp', () => {
  test.each(timestamps)('writes $name', ({ input }) => {
    expect(written(input)).toBe(timestampMicros(input));
  });

  test.each(others)('leaves the buffer as it is for %j', (input) => {
    const buffer = Buffer.from('unchanged');

    expect(writeTimestamp(input, buffer, 0)).toBe(false);
    expect(buffer.toString()).toBe('unchanged');
  });

  test('writes what JavaScript takes the same text for', () => {
    const dates = fc.date({
      min: new Date('0001-01-02'),
      max: new Date('9999-12-30'),
      noInvalidDate: true,
    });
    const zones = fc.constantFrom('Z', '+02:00', '-07:30', '+23:59', '-00:00');
    fc.assert(
      fc.property(dates, zones, (date, zone) => {
        const text = date.toISOString().replace('Z', zone);

        expect(written(text)).toBe(BigInt(Date.parse(text)) * 1000n);
      }),
    );
  });
});

describe('coerceToMicros', () => {
  test.each([
    { name: 'a date as midnight', input: '2024-01-11', expected: '2024-01-11T00:00:00.000000' },
    { name: 'a month as its first day', input: '2024-02', expected: '2024-02-01T00:00:00.000000' },
    { name: 'four digits as a year', input: '2024', expected: '2024-01-01T00:00:00.000000' },
    {
      name: 'seven digits as a day of a year',
      input: '4790249',
      expected: '4790-09-06T00:00:00.000000',
    },
    { name: 'other digits as Unix seconds', input: ' 17 ', expected: '1970-01-01T00:00:17.000000' },
    { name: 'fractions of seconds', input: '-1.5', expected: '1969-12-31T23:59:58.500000' },
    { name: 'no words', input: 'yesterday', expected: undefined },
    { name: 'no times', input: '10:13', expected: undefined },
    { name: 'no infinity', input: 'inf', expected: undefined },
  ])('reads $name', ({ input, expected }) => {
    expect(isoOf(coerceToMicros(input))).toBe(expected);
  });
});

describe('unixMicros', () => {
  test.each([
    { name: 'rounds half to even', input: 0.000_000_5, expected: 0n },
    { name: 'rounds half to even upwards', input: 0.000_001_5, expected: 2n },
    { name: 'takes an integer', input: -5n, expected: -5_000_000n },
    { name: 'takes the last second', input: 253_402_300_799n, expected: 253_402_300_799_000_000n },
    { name: 'refuses the year 10000', input: 253_402_300_800n, expected: undefined },
    { name: 'refuses the year 0', input: -62_135_596_801, expected: undefined },
  ])('$name', ({ input, expected }) => {
    expect(unixMicros(input)).toBe(expected);
  });
});

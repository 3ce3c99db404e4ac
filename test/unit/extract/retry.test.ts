import { describe, expect, test } from 'vitest';

import {
  type FailedAttempt,
  parseRetryAfter,
  retryDelay,
} from '../../../functions/engine/extract/retry.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');

function failed(changes: Partial<FailedAttempt>): FailedAttempt {
  return {
    attempt: 1,
    maxAttempts: 6,
    now: NOW,
    remainingMilliseconds: 120_000,
    random: () => 0.5,
    isFirstContact: false,
    ...changes,
  };
}

describe('retryDelay', () => {
  const waits = [
    { name: 'first 500', input: { status: 500 }, milliseconds: 500 },
    { name: 'third 502', input: { status: 502, attempt: 3 }, milliseconds: 2_000 },
    { name: 'network error', input: { attempt: 2 }, milliseconds: 1_000 },
    { name: '429 with seconds', input: { status: 429, retryAfter: '7' }, milliseconds: 7_500 },
    { name: '429 with zero', input: { status: 429, retryAfter: '0' }, milliseconds: 500 },
    {
      name: '429 with an HTTP date',
      input: { status: 429, retryAfter: 'Sun, 22 Nov 2026 12:00:30 GMT' },
      milliseconds: 30_500,
    },
    { name: '429 without a header', input: { status: 429 }, milliseconds: 60_500 },
    {
      name: '429 with a negative header',
      input: { status: 429, retryAfter: '-5' },
      milliseconds: 60_500,
    },
    {
      name: '429 with a date gone by',
      input: { status: 429, retryAfter: 'Sun, 22 Nov 2026 11:00:00 GMT' },
      milliseconds: 60_500,
    },
    { name: '429 with words', input: { status: 429, retryAfter: 'soon' }, milliseconds: 60_500 },
    { name: '503 with words', input: { status: 503, retryAfter: 'soon' }, milliseconds: 500 },
    { name: '503 with seconds', input: { status: 503, retryAfter: '9' }, milliseconds: 9_500 },
    { name: 'first contact', input: { isFirstContact: true }, milliseconds: 250 },
  ];
  // GL3.4
  test.each(waits)('waits $milliseconds ms after $name', ({ input, milliseconds }) => {
    expect(retryDelay(failed(input))).toEqual({ next: 'wait', milliseconds });
  });

  test('never waits longer than a minute between two failures', () => {
    const decision = retryDelay(
      failed({ status: 500, attempt: 20, maxAttempts: 99, random: () => 1 }),
    );

    expect(decision).toEqual({ next: 'wait', milliseconds: 60_000 });
  });

  test('is too long when GitLab asks for more than remains', () => {
    const decision = retryDelay(failed({ status: 429, retryAfter: '86400' }));

    expect(decision).toEqual({ next: 'too-long', milliseconds: 86_400_000 });
  });

  test('is too long when GitLab still asks to wait after the last attempt', () => {
    const decision = retryDelay(failed({ status: 429, retryAfter: '3', attempt: 6 }));

    expect(decision).toEqual({ next: 'too-long', milliseconds: 3_000 });
  });

  const giveUps = [
    { name: 'the last attempt', input: { status: 500, attempt: 6 } },
    { name: 'the third attempt of a first contact', input: { isFirstContact: true, attempt: 3 } },
    {
      name: 'a back-off longer than what remains',
      input: { attempt: 5, remainingMilliseconds: 100 },
    },
  ];
  test.each(giveUps)('gives up at $name', ({ input }) => {
    expect(retryDelay(failed(input))).toEqual({ next: 'give-up' });
  });
});

describe('parseRetryAfter', () => {
  test.each(['', ' ', '1.5', '1e9', '-1', '99999999999', 'Infinity', '0x10', 'null'])(
    'reads nothing from %o',
    (header) => {
      expect(parseRetryAfter(header, NOW)).toBeUndefined();
    },
  );

  test('reads nothing from an absent header', () => {
    expect(parseRetryAfter(undefined, NOW)).toBeUndefined();
  });
});

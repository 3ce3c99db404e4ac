import { describe, expect, test } from 'vitest';

import { timeBudget } from '../../../functions/engine/run/budget.ts';

function budgetOf(seconds: number | undefined) {
  const abort = new AbortController();
  const clock = { now: 1_000_000 };
  const budget = timeBudget(seconds, { now: () => clock.now, signal: abort.signal });
  return { abort, clock, budget };
}

describe('timeBudget', () => {
  test.each([
    { seconds: 10, after: 0, remaining: 8_000, more: true },
    { seconds: 10, after: 7_999, remaining: 1, more: true },
    { seconds: 10, after: 8_000, remaining: 0, more: false },
    { seconds: 10, after: 20_000, remaining: 0, more: false },
    { seconds: 2, after: 1_499, remaining: 1, more: true },
    { seconds: 2, after: 1_500, remaining: 0, more: false },
    { seconds: undefined, after: 1e12, remaining: Infinity, more: true },
  ])(
    'of $seconds s has $remaining ms left after $after ms',
    ({ seconds, after, remaining, more }) => {
      const { budget, clock } = budgetOf(seconds);
      clock.now += after;

      expect(budget.remainingMilliseconds()).toBe(remaining);
      expect(budget.allowsMore()).toBe(more);
    },
  );

  test('keeps twice what its slowest packages took for the next one, at most half of the time', () => {
    const { budget } = budgetOf(100);

    for (let count = 0; count < 19; count += 1) budget.packageTook(1_000);
    budget.packageTook(9_000);
    expect(budget.remainingMilliseconds()).toBe(96_000);
    budget.packageTook(9_000);
    expect(budget.remainingMilliseconds()).toBe(80_000);
    for (let count = 0; count < 20; count += 1) budget.packageTook(60_000);
    expect(budget.remainingMilliseconds()).toBe(50_000);
  });

  test('ends at once when its signal does', () => {
    const { budget, abort } = budgetOf(undefined);
    abort.abort();

    expect(budget.allowsMore()).toBe(false);
    expect(budget.signal.aborted).toBe(true);
  });
});

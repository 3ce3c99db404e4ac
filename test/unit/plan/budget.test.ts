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

  test('ends at once when its signal does', () => {
    const { budget, abort } = budgetOf(undefined);
    abort.abort();

    expect(budget.allowsMore()).toBe(false);
    expect(budget.signal.aborted).toBe(true);
  });
});

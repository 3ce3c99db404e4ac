import { describe, expect, test } from 'vitest';

import {
  DISTRUST_MILLISECONDS,
  type LazyRefresh,
  lazyRefresh,
  REFRESH_AHEAD_MILLISECONDS,
} from '../../../functions/engine/alloydb/lazyRefresh.ts';

const HOUR = 3_600_000;

interface Numbered {
  readonly number: number;
  readonly expiresAt: number;
}

/** A refresh whose values are numbered and good for an hour; `outage` makes it fail. */
function numbered(): {
  readonly refresh: LazyRefresh<Numbered>;
  readonly clock: { now: number };
  readonly outage: { error: Error | undefined };
  readonly numberOf: () => Promise<number>;
} {
  const clock = { now: 10 * HOUR };
  const outage: { error: Error | undefined } = { error: undefined };
  let number = 0;
  const refresh = lazyRefresh({
    fetch: async () => {
      await Promise.resolve();
      if (outage.error !== undefined) throw outage.error;
      number += 1;
      return { number, expiresAt: clock.now + HOUR };
    },
    now: () => clock.now,
    isPassing: (error) => error instanceof RangeError,
  });
  return { refresh, clock, outage, numberOf: async () => (await refresh.get()).number };
}

describe('lazyRefresh', () => {
  test('all who ask at the same time share one refresh', async () => {
    const { numberOf } = numbered();

    expect(await Promise.all([numberOf(), numberOf(), numberOf()])).toEqual([1, 1, 1]);
  });

  test.each([
    {
      name: 'up to four minutes before its end',
      elapsed: HOUR - REFRESH_AHEAD_MILLISECONDS - 1,
      number: 1,
    },
    { name: 'four minutes before its end', elapsed: HOUR - REFRESH_AHEAD_MILLISECONDS, number: 2 },
    { name: 'after days in which the process was frozen', elapsed: 100 * HOUR, number: 2 },
  ])('$name: value $number', async ({ elapsed, number }) => {
    const { clock, numberOf } = numbered();
    await numberOf();

    clock.now += elapsed;

    expect(await numberOf()).toBe(number);
  });

  test('a failure is told to all who share it and is not kept', async () => {
    const { outage, numberOf } = numbered();
    outage.error = new Error('no');
    const failures = await Promise.allSettled([numberOf(), numberOf()]);
    outage.error = undefined;

    expect(failures.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await numberOf()).toBe(1);
  });

  test('an outage leaves a value that has not expired in use', async () => {
    const { clock, outage, numberOf } = numbered();
    await numberOf();
    outage.error = new RangeError('later');

    clock.now += HOUR - 1;
    const near = await numberOf();
    clock.now += 1;

    expect(near).toBe(1);
    await expect(numberOf()).rejects.toBe(outage.error);
  });

  test('an error that is no outage is told, even while the value is good', async () => {
    const { clock, outage, numberOf } = numbered();
    await numberOf();
    outage.error = new Error('forbidden');

    clock.now += HOUR - 1;

    await expect(numberOf()).rejects.toBe(outage.error);
  });
});

describe('a value that did not work', () => {
  test('is renewed, but not within half a minute', async () => {
    const { refresh, clock, numberOf } = numbered();
    refresh.distrust(await refresh.get());

    clock.now += DISTRUST_MILLISECONDS - 1;
    const early = await numberOf();
    clock.now += 1;

    expect([early, await numberOf(), await numberOf()]).toEqual([1, 2, 2]);
  });

  test('does not count when it has been renewed meanwhile', async () => {
    const { refresh, clock, numberOf } = numbered();
    const old = await refresh.get();
    clock.now += 2 * HOUR;
    await refresh.get();
    clock.now += DISTRUST_MILLISECONDS;

    refresh.distrust(old);

    expect(await numberOf()).toBe(2);
  });

  test('is renewed at once when the clock was set back', async () => {
    const { refresh, clock, numberOf } = numbered();
    refresh.distrust(await refresh.get());

    clock.now -= HOUR;

    expect(await numberOf()).toBe(2);
  });
});

import { expect, test } from 'vitest';

import { openBell } from '../../../functions/engine/run/bell.ts';

test('a listener that comes first hears the next ring', async () => {
  const bell = openBell();
  let hears = 0;
  const listening = bell.rung().then(() => (hears += 1));
  await Promise.resolve();
  expect(hears).toBe(0);

  bell.ring();
  await listening;

  expect(hears).toBe(1);
});

test('what rang before is heard at once, and only once', async () => {
  const bell = openBell();
  bell.ring();
  bell.ring();

  await bell.rung();
  const second = bell.rung().then(() => 'rung');
  const first = await Promise.race([second, Promise.resolve('silent')]);

  expect(first).toBe('silent');
  bell.ring();
  expect(await second).toBe('rung');
});

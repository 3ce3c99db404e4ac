import { expect, test } from 'vitest';

import { keepSecrets } from '../../../functions/engine/run/webhookSecrets.ts';

const MINUTE = 60_000;

/** A place of secrets that counts how often it was read, and a clock. */
function openVault() {
  const vault = { tokens: ['one'], reads: 0, now: 0, isAway: false };
  const kept = keepSecrets(
    () => {
      vault.reads += 1;
      if (vault.isAway) return Promise.reject(new Error('away'));
      return Promise.resolve({ tokens: [...vault.tokens], signingKeys: [] });
    },
    () => vault.now,
  );
  return { vault, kept };
}

test('secrets are read once for requests at the same time', async () => {
  const { vault, kept } = openVault();

  await Promise.all([kept.current(), kept.current(), kept.current()]);
  await kept.current();

  expect(vault.reads).toBe(1);
});

test('newer ones are looked for once, whoever asks, and again after a minute', async () => {
  const { vault, kept } = openVault();
  const first = await kept.current();

  const nothing = await Promise.all([kept.newerThan(first), kept.newerThan(first)]);
  vault.tokens = ['two'];
  const tooEarly = await kept.newerThan(first);
  vault.now += MINUTE;
  const newer = await Promise.all([kept.newerThan(first), kept.newerThan(first)]);

  expect([...nothing, tooEarly]).toEqual([undefined, undefined, undefined]);
  expect(newer.map((secrets) => secrets?.tokens)).toEqual([['two'], ['two']]);
  expect(vault.reads).toBe(3);
});

test('who tried old ones gets the newer without another look', async () => {
  const { vault, kept } = openVault();
  const first = await kept.current();
  vault.tokens = ['two'];
  const second = await kept.newerThan(first);

  expect(await kept.newerThan(first)).toBe(second);
  expect(vault.reads).toBe(2);
});

test('what was withdrawn ends after five minutes', async () => {
  const { vault, kept } = openVault();
  await kept.current();
  vault.tokens = ['two'];
  vault.now += 5 * MINUTE;

  await kept.current();

  await expect.poll(async () => (await kept.current()).tokens).toEqual(['two']);
});

test('secrets in memory count while they cannot be read', async () => {
  const { vault, kept } = openVault();
  const first = await kept.current();
  vault.isAway = true;
  vault.now += 5 * MINUTE;

  expect(await kept.current()).toBe(first);
  expect(await kept.newerThan(first)).toBeUndefined();
  expect(await kept.current()).toBe(first);
});

test('without any the failure is told, and the next request tries again', async () => {
  const { vault, kept } = openVault();
  vault.isAway = true;
  await expect(kept.current()).rejects.toThrow('away');
  vault.isAway = false;

  expect((await kept.current()).tokens).toEqual(['one']);
});

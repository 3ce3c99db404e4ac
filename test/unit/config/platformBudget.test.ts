import { describe, expect, test } from 'vitest';

import { loadSettings } from '../../../functions/engine/config/loadSettings.ts';

const GOOD = { GITLAB_TOKEN: 'glpat-0123456789abcdef', DATABASE_URL: 'postgres://a@127.0.0.1/db' };

describe('the time that the platform gives a request', () => {
  test.each([
    { timeout: '300', seconds: 240 },
    { timeout: '3600', seconds: 1_500 },
    { timeout: '1', seconds: 3 },
    { timeout: undefined, seconds: 0 },
    { timeout: '300', budget: '60', seconds: 60 },
    { timeout: '300', budget: '3600', seconds: 3_600 },
  ])('of $timeout s leaves $seconds s, if $budget is set', async (given) => {
    const { timeBudgetSeconds } = await loadSettings({
      ...GOOD,
      CLOUD_RUN_TIMEOUT_SECONDS: given.timeout,
      TIME_BUDGET_SECONDS: given.budget,
    });

    expect(timeBudgetSeconds).toBe(given.seconds);
  });

  test('must be a number', async () => {
    const settings = loadSettings({ ...GOOD, CLOUD_RUN_TIMEOUT_SECONDS: 'long' });

    await expect(settings).rejects.toThrow('CLOUD_RUN_TIMEOUT_SECONDS: expected an integer');
  });
});

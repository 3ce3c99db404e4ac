import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { losslessBurst } from '../../scripts/e2e/losslessBurst.ts';
import { refusals } from '../../scripts/e2e/refusals.ts';
import { openSender, type Sender } from '../../scripts/e2e/sender.ts';
import { openSite, type Site } from '../../scripts/e2e/site.ts';
import { randomOf } from '../support/gitlab/random.ts';
import { findPubsubEmulator } from '../support/google/pubsubEmulator.ts';

const SEED = 1;
/** Seconds, and many more where other tests keep the machine busy. */
const PATIENCE = { timeout: 120_000 };
const random = randomOf(SEED, 'e2e');

// `npm run e2e` is the same with more of everything, and takes the time.
describe.skipIf(findPubsubEmulator() === undefined)('webhooks', () => {
  let site: Site;
  let sender: Sender;

  beforeAll(async () => {
    site = await openSite(SEED);
    sender = openSender(site.receive.url);
  }, PATIENCE.timeout);

  afterAll(async () => {
    await sender[Symbol.asyncDispose]();
    await site[Symbol.asyncDispose]();
  });

  test('that are forged or too large change nothing', PATIENCE, async () => {
    expect(await refusals(site, sender, random)).toMatchObject({ isKept: true });
  });

  test('reach their rows although the consumer is killed', PATIENCE, async () => {
    const { isKept, seen } = await losslessBurst(site, sender, { events: 40, random });

    expect(seen).toMatchObject({ settled: 40, dead: 0, differences: [] });
    expect(isKept).toBe(true);
  });

  // G8
  test('leave no secret in what the functions write', () => {
    const secrets = [site.shared.token, site.shared.signingSecret, site.gitlab.adminToken];
    for (const secret of secrets)
      expect(site.receive.said() + site.webhooks.said()).not.toContain(secret);
  });
});

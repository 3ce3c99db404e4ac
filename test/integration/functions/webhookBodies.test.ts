import { expect, test } from 'vitest';

import { startFunction } from '../../support/functionProcess.ts';

const CANARY = 'canary-4711';

// G8
test('the consumer of webhooks refuses what is no push and does not log it', async () => {
  await using webhooks = await startFunction('webhooks', {});

  const told = [
    await webhooks.post(`{"message": {"data": "${CANARY}"`),
    await webhooks.post(`{"x": "${CANARY}"}`, { 'content-type': 'application/cloudevents+json' }),
  ];
  webhooks.child.kill('SIGTERM');

  expect(await webhooks.ended).toBe(0);
  expect(told.map(({ status }) => status)).toEqual([400, 400]);
  expect(webhooks.written()).not.toContain(CANARY);
});

import { expect, test } from 'vitest';

import { readReceiverSettings } from '../../../functions/engine/config/webhookSettings.ts';

const SIGNING = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const GOOD = { WEBHOOK_TOPIC: 'projects/p/topics/t', WEBHOOK_TOKENS: 'token-canary' };

test('lists have the newest first, with commas or on lines of their own', async () => {
  const { secrets, maxBytes, topic } = readReceiverSettings({
    ...GOOD,
    WEBHOOK_TOKENS: ' one, two\nthree,',
    WEBHOOK_SIGNING_SECRETS: SIGNING,
  });

  expect({ maxBytes, topic }).toEqual({ maxBytes: 1_048_576, topic: 'projects/p/topics/t' });
  expect(await secrets()).toEqual({
    tokens: ['one', 'two', 'three'],
    signingKeys: [Buffer.alloc(32, 7)],
  });
});

test.each([
  { change: { WEBHOOK_TOPIC: '' }, says: /WEBHOOK_TOPIC is not set/ },
  { change: { WEBHOOK_TOPIC: 'events' }, says: /WEBHOOK_TOPIC: expected projects\/P\/topics\/T/ },
  { change: { WEBHOOK_TOKENS: '' }, says: /WEBHOOK_TOKENS and WEBHOOK_SIGNING_SECRETS/ },
  { change: { WEBHOOK_MAX_BYTES: '8000000' }, says: /WEBHOOK_MAX_BYTES: .* to 7000000/ },
  { change: { WEBHOOK_TOKENS_FILE: '/a' }, says: /WEBHOOK_TOKENS_FILE/ },
])('$change is refused', ({ change, says }) => {
  expect(() => readReceiverSettings({ ...GOOD, ...change })).toThrow(says);
});

test('where webhooks are taken without a topic, none is needed, but a wrong one is refused', () => {
  const { topic } = readReceiverSettings({ WEBHOOK_TOKENS: 'token-canary' }, 'optional');

  expect(topic).toBeUndefined();
  expect(() => readReceiverSettings({ ...GOOD, WEBHOOK_TOPIC: 'events' }, 'optional')).toThrow(
    /WEBHOOK_TOPIC: expected/,
  );
});

test.each([
  { WEBHOOK_TOKENS: ' , ' },
  { WEBHOOK_TOKENS: 'canary,'.repeat(9) },
  { WEBHOOK_SIGNING_SECRETS: `${SIGNING},c2hvcnQtY2FuYXJ5` },
  { WEBHOOK_SIGNING_SECRETS: 'whsec_canary' },
])('%o is refused when it is read, without being shown', async (change) => {
  const { secrets } = readReceiverSettings({ ...GOOD, ...change });

  const error: unknown = await secrets().catch((thrown: unknown) => thrown);

  expect(error).toMatchObject({ code: 'E_CONFIG' });
  expect(String(error)).not.toMatch(/canary|c2hvcnQ/);
});

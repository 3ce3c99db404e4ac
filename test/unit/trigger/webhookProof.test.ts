import { describe, expect, test } from 'vitest';

import { proofOf } from '../../../functions/engine/trigger/webhookProof.ts';
import { signedHeaders } from '../../support/webhooks/signedHeaders.ts';

const NOW = 1_700_000_000;
const key = Buffer.alloc(32, 3);
const secret = `whsec_${key.toString('base64')}`;
const headers = signedHeaders('{"a":1}', { secret, id: 'msg_1', seconds: NOW });

function prove(
  given: Readonly<Record<string, string>>,
  { seconds = NOW, chunks = ['{"a"', ':1}'] } = {},
): boolean {
  const secrets = { tokens: [], signingKeys: [Buffer.alloc(32, 1), key] };
  const proof = proofOf(given, secrets, seconds * 1000);
  if (proof.by !== 'signature') return false;
  for (const chunk of chunks) proof.update(Buffer.from(chunk));
  return proof.matches();
}

describe('a signature', () => {
  test('is that of Standard Webhooks', () => {
    // The example of the specification.
    const example = {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    };
    const signingKeys = [Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64')];
    const proof = proofOf(example, { tokens: [], signingKeys }, 1_614_265_330_000);
    if (proof.by !== 'signature') throw new Error('expected a signature');
    proof.update(Buffer.from('{"test": 2432232314}'));

    expect(proof.matches()).toBe(true);
  });

  test.each([
    { name: 'matches over all chunks', given: headers, isValid: true },
    { name: 'is not that of a shorter body', given: headers, chunks: ['{"a"'], isValid: false },
    { name: 'counts for five minutes', given: headers, seconds: NOW + 300, isValid: true },
    { name: 'ends after five minutes', given: headers, seconds: NOW + 301, isValid: false },
    { name: 'may be five minutes ahead', given: headers, seconds: NOW - 300, isValid: true },
    { name: 'may not be further ahead', given: headers, seconds: NOW - 301, isValid: false },
    {
      name: 'has a time in whole seconds',
      given: { ...headers, 'webhook-timestamp': `${NOW.toString()}.0` },
      isValid: false,
    },
    {
      name: 'is of version 1',
      given: {
        ...headers,
        'webhook-signature': headers['webhook-signature']?.replace('v1,', 'v2,') ?? '',
      },
      isValid: false,
    },
    {
      name: 'may come after one that is wrong, in a header of its own',
      given: {
        ...headers,
        'webhook-signature': `v1,AAAA, ${headers['webhook-signature'] ?? ''}`,
      },
      isValid: true,
    },
  ])('$name', ({ given, isValid, ...options }) => {
    expect(prove(given, options)).toBe(isValid);
  });
});

describe('proofOf', () => {
  const token = { 'x-gitlab-token': 'secret-text' };
  const tokens = ['secret-text'];
  const signingKeys = [key];

  test.each([
    {
      name: 'a token where tokens are known',
      given: token,
      secrets: { tokens, signingKeys: [] },
      by: 'token',
    },
    {
      name: 'a token of an unsigned hook',
      given: token,
      secrets: { tokens, signingKeys },
      by: 'token',
    },
    {
      name: 'a token where only signatures count',
      given: token,
      secrets: { tokens: [], signingKeys },
      by: 'nothing',
    },
    {
      name: 'a token beside a signature',
      given: { ...headers, ...token },
      secrets: { tokens, signingKeys },
      by: 'signature',
    },
    {
      name: 'a token beside a signature nobody can check',
      given: { ...headers, ...token },
      secrets: { tokens, signingKeys: [] },
      by: 'token',
    },
    {
      name: 'a signature nobody can check',
      given: headers,
      secrets: { tokens, signingKeys: [] },
      by: 'nothing',
    },
    {
      name: 'nothing where nothing is known',
      given: token,
      secrets: { tokens: [], signingKeys: [] },
      by: 'nothing',
    },
  ])('takes $name as $by', ({ given, secrets, by }) => {
    expect(proofOf(given, secrets, NOW * 1000).by).toBe(by);
  });
});

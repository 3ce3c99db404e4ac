import { beforeEach, describe, expect, test } from 'vitest';

import type { FakeTopic } from '../../support/webhooks/fakeTopic.ts';
import { type Receiver, useReceiver } from '../../support/webhooks/receiver.ts';
import { signedHeaders } from '../../support/webhooks/signedHeaders.ts';

const CURRENT = 'hook-token-current-canary';
const PREVIOUS = 'hook-token-previous-canary';
const SIGNING = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const SIGNED_BEFORE = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
const BODY = '{"object_kind":"issue","project":{"id":17},"title":"body-canary \\ud83d"}';

let topic: FakeTopic;
let receiver: Receiver;

useReceiver(
  {
    WEBHOOK_TOKENS: `${CURRENT}, ${PREVIOUS}`,
    WEBHOOK_SIGNING_SECRETS: `${SIGNING},${SIGNED_BEFORE}`,
  },
  (site) => {
    ({ topic, receiver } = site);
  },
);

let before = 0;
beforeEach(() => {
  before = topic.published.length;
});

const sincePublished = () => topic.published.slice(before);

/** Resolves to status and body of the answer, which says nothing. */
async function post(headers: Readonly<Record<string, string>>, body = BODY) {
  const type = { 'content-type': 'application/json', 'x-gitlab-event': 'Issue Hook' };
  const response = await fetch(receiver.url, {
    method: 'POST',
    headers: { ...type, ...headers },
    body,
  });
  expect(await response.text()).toBe('');
  return response.status;
}

const nowSeconds = () => Date.now() / 1000;

function signed(secret: string, { id = 'event-1', seconds = nowSeconds() } = {}) {
  return signedHeaders(BODY, { secret, id, seconds });
}

describe('a genuine webhook', () => {
  test('is published as it came, with what its headers say', async () => {
    const headers = {
      'x-gitlab-token': CURRENT,
      'idempotency-key': 'key-1',
      'x-gitlab-instance': 'https://gitlab.example',
    };

    expect(await post(headers)).toBe(202);

    const [message] = sincePublished();
    expect(message?.body.toString()).toBe(BODY);
    expect(message?.attributes).toEqual({
      event: 'Issue Hook',
      key: 'key-1',
      kind: 'issue',
      project: '17',
      instance: 'https://gitlab.example',
      received_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as unknown,
    });
  });

  test.each([
    { name: 'the current token', headers: () => ({ 'x-gitlab-token': CURRENT }) },
    { name: 'the previous token', headers: () => ({ 'x-gitlab-token': PREVIOUS }) },
    { name: 'the current signing secret', headers: () => signed(SIGNING) },
    { name: 'the previous signing secret', headers: () => signed(SIGNED_BEFORE) },
    {
      name: 'one of several signatures',
      headers: () => ({
        ...signed(SIGNING),
        'webhook-signature': `v1a,abc v1,AAAA ${signed(SIGNING)['webhook-signature'] ?? ''}`,
      }),
    },
    {
      name: 'a signature of four minutes ago',
      headers: () => signed(SIGNING, { seconds: nowSeconds() - 240 }),
    },
    {
      name: 'a signature from a clock that is ahead',
      headers: () => signed(SIGNING, { seconds: nowSeconds() + 240 }),
    },
  ])('proves itself by $name', async ({ headers }) => {
    expect(await post(headers())).toBe(202);
    expect(sincePublished()).toHaveLength(1);
  });

  test('F11: is taken whatever it holds, and what cannot be read is told', async () => {
    const bodies = ['', 'not json', '[1]', '{"object_kind":"moon_landing"}', '{"object_kind":5}'];

    for (const body of bodies)
      expect(await post({ 'x-gitlab-token': CURRENT, 'x-gitlab-webhook-uuid': 'u' }, body)).toBe(
        202,
      );

    expect(sincePublished().map((message) => message.body.toString())).toEqual(bodies);
    expect(sincePublished().map(({ attributes }) => attributes['kind'])).toEqual([
      undefined,
      undefined,
      undefined,
      'moon_landing',
      undefined,
    ]);
    await expect
      .poll(() => receiver.lines().filter((line) => line.includes('webhook-unreadable')))
      .toHaveLength(4);
    expect(receiver.lines().join()).not.toContain('canary');
  });

  test('without a key of GitLab gets one that is the same each time', async () => {
    const headers = { 'x-gitlab-token': CURRENT, 'x-gitlab-webhook-uuid': 'uuid-1' };

    await post(headers);
    await post(headers);
    await post({ ...headers, 'x-gitlab-webhook-uuid': 'uuid-2' });

    const keys = sincePublished().map(({ attributes }) => attributes['key']);
    expect(keys[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(keys[1]).toBe(keys[0]);
    expect(keys[2]).not.toBe(keys[0]);
  });

  test('is tried again when Pub/Sub fails in passing, and left to GitLab when it fails on', async () => {
    topic.fail(503, 2);
    expect(await post({ 'x-gitlab-token': CURRENT })).toBe(202);
    expect(sincePublished()).toHaveLength(1);

    topic.fail(503, 3);
    expect(await post({ 'x-gitlab-token': CURRENT, 'idempotency-key': 'lost-1' })).toBe(503);
    topic.fail(403, 1);
    expect(await post({ 'x-gitlab-token': CURRENT })).toBe(503);
    expect(sincePublished()).toHaveLength(1);
    await expect
      .poll(() => receiver.lines().find((line) => line.includes('lost-1')))
      .toContain('"severity":"ERROR"');
  });

  test('goes over connections that are kept', async () => {
    const opened = topic.connections();

    for (let sent = 0; sent < 20; sent += 1) await post({ 'x-gitlab-token': CURRENT });

    expect(topic.connections() - opened).toBeLessThanOrEqual(1);
  });
});

describe('a forged webhook', () => {
  test.each([
    { name: 'nothing', headers: () => ({}) },
    { name: 'an empty token', headers: () => ({ 'x-gitlab-token': '' }) },
    { name: 'a part of the token', headers: () => ({ 'x-gitlab-token': CURRENT.slice(0, -1) }) },
    { name: 'more than the token', headers: () => ({ 'x-gitlab-token': `${CURRENT}x` }) },
    {
      name: 'the list of tokens',
      headers: () => ({ 'x-gitlab-token': `${CURRENT}, ${PREVIOUS}` }),
    },
    {
      name: 'a signature of another secret',
      headers: () => signed(`whsec_${Buffer.alloc(32, 9).toString('base64')}`),
    },
    {
      name: 'a signature of six minutes ago',
      headers: () => signed(SIGNING, { seconds: nowSeconds() - 360 }),
    },
    {
      name: 'a signature of a later time',
      headers: () => signed(SIGNING, { seconds: nowSeconds() + 360 }),
    },
    {
      name: 'an old signature with a new time',
      headers: () => ({
        ...signed(SIGNING, { seconds: nowSeconds() - 360 }),
        'webhook-timestamp': Math.floor(nowSeconds()).toString(),
      }),
    },
    {
      name: 'the signature of another id',
      headers: () => ({ ...signed(SIGNING), 'webhook-id': 'event-2' }),
    },
    {
      name: 'a signature without a time',
      headers: () => {
        const { 'webhook-id': id = '', 'webhook-signature': signature = '' } = signed(SIGNING);
        return { 'webhook-id': id, 'webhook-signature': signature };
      },
    },
    { name: 'an empty signature', headers: () => ({ 'webhook-signature': '' }) },
    {
      name: 'a wrong signature beside the token',
      headers: () => ({
        ...signed(SIGNING),
        'webhook-signature': 'v1,AAAA',
        'x-gitlab-token': CURRENT,
      }),
    },
  ])('that brings $name is refused and goes nowhere', async ({ headers }) => {
    expect(await post(headers())).toBe(401);
    expect(sincePublished()).toEqual([]);
  });

  test('F10: among ten real ones, a thousand change nothing and fill no log', async () => {
    const statuses = new Map<number, number>();
    const count = (status: number) => statuses.set(status, (statuses.get(status) ?? 0) + 1);
    const forge = (index: number) =>
      index % 2 === 0
        ? { 'x-gitlab-token': `${CURRENT}${index.toString()}` }
        : { ...signed(SIGNING, { id: index.toString() }), 'webhook-id': `${index.toString()}-` };

    for (let real = 0; real < 10; real += 1) {
      const forged = Array.from({ length: 100 }, (_none, index) => forge(real * 100 + index));
      const genuine = signed(SIGNING, { id: `real-${real.toString()}` });
      const answered = await Promise.all([...forged, genuine].map((headers) => post(headers)));
      answered.forEach(count);
    }

    expect(Object.fromEntries(statuses)).toEqual({ 202: 10, 401: 1_000 });
    expect(sincePublished().map(({ attributes }) => attributes['key'])).toEqual(
      Array.from({ length: 10 }, (_none, real) => `real-${real.toString()}`),
    );
    const told = receiver.lines().filter((line) => line.includes('webhook-refused'));
    expect(told.length).toBeLessThanOrEqual(2);
  });
});

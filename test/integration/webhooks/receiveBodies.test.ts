import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';

import { expect, test } from 'vitest';

import type { FakeTopic } from '../../support/webhooks/fakeTopic.ts';
import { type Receiver, startReceiver, useReceiver } from '../../support/webhooks/receiver.ts';
import { signedHeaders } from '../../support/webhooks/signedHeaders.ts';

const TOKEN = 'hook-token-canary';
const SIGNING = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const MEBIBYTE = Buffer.alloc(1_048_576, 'x');
const genuine = { 'x-gitlab-token': TOKEN };

let topic: FakeTopic;
let receiver: Receiver;

useReceiver({ WEBHOOK_TOKENS: TOKEN, WEBHOOK_SIGNING_SECRETS: SIGNING }, (site) => {
  ({ topic, receiver } = site);
});

interface Sent {
  /** Undefined when the connection ended without an answer. */
  readonly status: number | undefined;
  /** Mebibytes that the connection took. */
  readonly taken: number;
}

/** Sends a body in chunks of a mebibyte, for as long as the connection takes them. */
async function sendChunks(
  headers: Readonly<Record<string, string>>,
  mebibytes: number,
): Promise<Sent> {
  const sending = request(receiver.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
  });
  const answered = answerOf(sending);
  const over = new AbortController();
  sending.once('close', () => {
    over.abort();
  });
  let taken = 0;
  for (; taken < mebibytes && !over.signal.aborted; taken += 1) {
    if (sending.write(MEBIBYTE)) continue;
    await once(sending, 'drain', { signal: over.signal }).catch(() => undefined);
  }
  if (!over.signal.aborted) sending.end();
  return { status: await answered, taken };
}

function answerOf(sending: ClientRequest): Promise<number | undefined> {
  return new Promise((resolve) => {
    sending.once('response', (response: IncomingMessage) => {
      response.resume();
      resolve(response.statusCode);
    });
    sending
      .once('error', () => undefined)
      .once('close', () => {
        resolve(undefined);
      });
  });
}

test('F13: a body without an end is cut and never held', async () => {
  const before = receiver.peakBytes();

  const answers = await Promise.all([
    ...Array.from({ length: 4 }, () => sendChunks(genuine, 100)),
    sendChunks({}, 100),
    sendChunks(
      { ...signedHeaders('', { secret: SIGNING, id: 'a', seconds: Date.now() / 1000 }) },
      100,
    ),
  ]);

  for (const { status, taken } of answers) {
    expect(status === undefined || status === 413 || status === 401).toBe(true);
    expect(taken).toBeLessThan(60);
  }
  expect(answers[4]?.taken).toBeLessThan(20);
  expect(receiver.peakBytes() - before).toBeLessThan(150 * MEBIBYTE.length);
  expect(topic.published).toEqual([]);
});

test('a genuine one that is too large is read to its end, answered well, counted and dropped', async () => {
  const headers = { ...genuine, 'idempotency-key': 'large-1', 'x-gitlab-event': 'Push Hook' };

  expect(await sendChunks(headers, 3)).toEqual({ status: 202, taken: 3 });

  expect(topic.published).toEqual([]);
  await expect
    .poll(() => receiver.lines().filter((line) => line.includes('large-1')))
    .toEqual([expect.stringMatching(/"severity":"WARNING".*'Push Hook' of 3145728 bytes/)]);
});

test('a signature is checked along the way when the body is too large to hold', async () => {
  const body = Buffer.concat([MEBIBYTE, MEBIBYTE]);
  const headers = signedHeaders(body, {
    secret: SIGNING,
    id: 'large-2',
    seconds: Date.now() / 1000,
  });

  expect((await sendChunks(headers, 2)).status).toBe(202);
  expect((await sendChunks(headers, 3)).status).toBe(401);

  expect(topic.published).toEqual([]);
});

test('WEBHOOK_MAX_BYTES is the longest that is passed on', async () => {
  await using small = await startReceiver({
    ...topic.environment,
    WEBHOOK_TOKENS: TOKEN,
    WEBHOOK_MAX_BYTES: '2000',
  });
  const post = async (length: number) => {
    const body = 'x'.repeat(length);
    return (await fetch(small.url, { method: 'POST', headers: genuine, body })).status;
  };
  const before = topic.published.length;

  expect([await post(2_000), await post(2_001)]).toEqual([202, 202]);

  expect(topic.published.slice(before).map(({ body }) => body.length)).toEqual([2_000]);
});

test('what calls itself compressed or of a strange charset is passed on unread', async () => {
  const before = topic.published.length;
  const response = await fetch(receiver.url, {
    method: 'POST',
    headers: {
      ...genuine,
      'content-encoding': 'gzip',
      'content-type': 'application/json; charset=klingon',
    },
    body: '{"object_kind":"issue"}',
  });

  expect(response.status).toBe(202);
  expect(topic.published[before]?.body.toString()).toBe('{"object_kind":"issue"}');
});

test('a sender that goes away in the middle leaves the receiver well', async () => {
  const before = topic.published.length;
  const sending = request(receiver.url, {
    method: 'POST',
    headers: { ...genuine, 'content-length': '1000' },
  });
  sending.on('error', () => undefined);
  sending.write('{"object_kind"');
  await once(sending, 'socket');
  await new Promise((resolve) => sending.write('x', resolve));
  sending.destroy();

  const next = await fetch(receiver.url, { method: 'POST', headers: genuine, body: '{}' });

  expect(next.status).toBe(202);
  expect(topic.published.slice(before).map(({ body }) => body.toString())).toEqual(['{}']);
});

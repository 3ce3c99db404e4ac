import { expect, test } from 'vitest';

import type { PubsubMessage } from '../../../functions/engine/google/publish.ts';
import { publishTogether } from '../../../functions/engine/google/publishTogether.ts';

/** A topic whose calls end when they are told to. */
function openTopic() {
  const calls: { readonly sizes: readonly number[]; readonly end: (error?: Error) => void }[] = [];
  const publisher = publishTogether({
    publishAll: (messages) =>
      new Promise((resolve, reject) => {
        const sizes = messages.map(({ data }) => data.length);
        const ids = messages.map(({ data }) => data.length.toString());
        calls.push({
          sizes,
          end: (error) => {
            if (error === undefined) resolve(ids);
            else reject(error);
          },
        });
      }),
  });
  const publish = (length: number) => publisher.publish(messageOf(length));
  return { calls, publish };
}

function messageOf(length: number): PubsubMessage {
  return { data: new Uint8Array(length), attributes: {} };
}

test('a message goes at once, and those that come while four calls are under way go together', async () => {
  const { calls, publish } = openTopic();

  const ids = Promise.all([1, 2, 3, 4, 5, 6, 7].map(publish));
  const first = calls.map(({ sizes }) => sizes);
  calls[0]?.end();
  await expect.poll(() => calls.length).toBe(5);
  for (const { end } of calls) end();

  expect(first).toEqual([[1], [2], [3], [4]]);
  expect(calls[4]?.sizes).toEqual([5, 6, 7]);
  expect(await ids).toEqual(['1', '2', '3', '4', '5', '6', '7']);
});

test('a call holds no more than Pub/Sub takes, and at least one message', async () => {
  const { calls, publish } = openTopic();
  const million = 1_000_000;

  const sizes = [1, 1, 1, 1, 6 * million, 3 * million, million, million];
  const ids = Promise.all(sizes.map(publish));
  for (const count of [5, 6, 7]) {
    calls[count - 5]?.end();
    await expect.poll(() => calls.length).toBe(count);
  }
  for (const { end } of calls) end();

  expect(calls.slice(4).map((call) => call.sizes)).toEqual([
    [6 * million],
    [3 * million, million],
    [million],
  ]);
  expect(await ids).toHaveLength(8);
});

test('a call that fails fails its own messages and no others', async () => {
  const { calls, publish } = openTopic();
  const outcomes = Promise.allSettled([1, 2, 3, 4, 5, 6].map(publish));
  calls[0]?.end(new Error('no'));
  await expect.poll(() => calls.length).toBe(5);
  for (const { end } of calls) end();

  expect((await outcomes).map(({ status }) => status)).toEqual([
    'rejected',
    ...Array.from({ length: 5 }, () => 'fulfilled'),
  ]);
});

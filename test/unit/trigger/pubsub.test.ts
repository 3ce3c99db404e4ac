import { describe, expect, test } from 'vitest';

import { readPush } from '../../../functions/engine/trigger/pubsub.ts';

const DATA = Buffer.from('{"object_kind":"issue","text":"Gr\u00fc\u00dfe \u2713"}');
const TIME = '2026-11-22T17:55:00.123Z';
const ATTRIBUTES = { event: 'Issue Hook', key: 'a-b', received_at: TIME };
const MESSAGE = {
  data: DATA.toString('base64'),
  attributes: ATTRIBUTES,
  messageId: '17',
  message_id: '17',
  publishTime: TIME,
  publish_time: TIME,
};
const EXPECTED = {
  data: DATA,
  attributes: ATTRIBUTES,
  messageId: '17',
  publishTime: new Date(TIME),
};
const EVENT_TYPE = 'google.cloud.pubsub.topic.v1.messagePublished';

function bytes(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

describe('readPush', () => {
  test('reads a push body', () => {
    const body = bytes({ subscription: 'projects/p/subscriptions/s', message: MESSAGE });

    expect(readPush(body, {})).toEqual(EXPECTED);
  });

  test('reads the attempt that a subscription with a dead-letter topic counts', () => {
    const body = bytes({ subscription: 's', message: MESSAGE, deliveryAttempt: 3 });

    expect(readPush(body, {})).toEqual({ ...EXPECTED, deliveryAttempt: 3 });
  });

  test('reads a CloudEvent in binary mode', () => {
    const headers = { 'ce-type': EVENT_TYPE, 'ce-id': '17', 'ce-specversion': '1.0' };

    expect(readPush(bytes({ message: MESSAGE, subscription: 's' }), headers)).toEqual(EXPECTED);
  });

  test('takes the id of the event when the message has none', () => {
    const { data, attributes } = MESSAGE;
    const body = bytes({ message: { data, attributes } });

    expect(readPush(body, { 'ce-id': '18' })).toMatchObject({ messageId: '18' });
  });

  test.each([
    { name: 'as JSON', wrap: (content: object) => ({ data: content }) },
    {
      name: 'as base64',
      wrap: (content: object) => ({ data_base64: bytes(content).toString('base64') }),
    },
  ])('reads a CloudEvent in structured mode, its content $name', ({ wrap }) => {
    const event = { specversion: '1.0', type: EVENT_TYPE, source: '//pubsub', id: '17' };
    const content = { message: MESSAGE, subscription: 's', deliveryAttempt: 2 };

    expect(readPush(bytes({ ...event, ...wrap(content) }), {})).toEqual({
      ...EXPECTED,
      deliveryAttempt: 2,
    });
  });

  test('reads a push without wrapper, whose metadata stands in headers', () => {
    const headers = {
      ...{ host: 'f.run.app', 'user-agent': 'CloudPubSub-Google', 'content-length': '9' },
      ...{ 'content-type': 'application/x-www-form-urlencoded', 'accept-encoding': 'gzip' },
      ...{ authorization: 'Bearer canary', traceparent: '00-1-2-01', via: '1.1 google' },
      ...{ 'x-forwarded-for': '1.2.3.4', 'x-cloud-trace-context': '1/2;o=1' },
      'x-goog-pubsub-message-id': '17',
      'x-goog-pubsub-publish-time': TIME,
      'x-goog-pubsub-subscription-name': 'projects/p/subscriptions/s',
      ...ATTRIBUTES,
    };

    expect(readPush(DATA, headers)).toEqual(EXPECTED);
  });

  test('keeps every byte of a message', () => {
    const data = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const wrapped = bytes({ message: { data: data.toString('base64'), messageId: '1' } });

    expect(readPush(wrapped, {})?.data).toEqual(data);
    expect(readPush(data, { 'x-goog-pubsub-message-id': '1' })?.data).toEqual(data);
  });

  test('reads a message that has nothing but attributes', () => {
    const body = bytes({ message: { attributes: { family: 'jobs' }, messageId: '1' } });

    expect(readPush(body, {})).toEqual({
      data: Buffer.alloc(0),
      attributes: { family: 'jobs' },
      messageId: '1',
    });
  });

  test.each([
    '',
    '{}',
    'null',
    '[]',
    '{"full":true}',
    '{"message":"hello"}',
    '{"message":',
    'jobs',
  ])('knows that %j is no push', (body) => {
    expect(readPush(Buffer.from(body), { 'content-type': 'application/json' })).toBeUndefined();
  });

  test.each([
    { name: 'data', message: { data: 5 } },
    { name: 'attributes', message: { attributes: [] } },
    { name: 'attributes', message: { attributes: { family: 5 } } },
  ])('refuses an envelope with wrong $name', ({ name, message }) => {
    const read = (): unknown => readPush(bytes({ message }), {});

    expect(read).toThrow(expect.objectContaining({ code: 'E_REQUEST' }) as Error);
    expect(read).toThrow(`'message.${name}'`);
  });
});

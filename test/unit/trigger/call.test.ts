import { describe, expect, test } from 'vitest';

import { readCall } from '../../../functions/engine/trigger/call.ts';
import type { RequestHeaders } from '../../../functions/engine/trigger/pubsub.ts';

const TICK = '2026-11-22T17:55:00Z';
const DEFAULTS = {
  trigger: 'manual',
  families: ['jobs'],
  mode: 'incremental',
  until: 'once',
} as const;

function read(body: string, headers: RequestHeaders = {}): unknown {
  return readCall({ body: Buffer.from(body), headers }, 'jobs');
}

function tick(instant: string): RequestHeaders {
  return { 'x-cloudscheduler-scheduletime': instant };
}

function pushed(body: string, message: object = {}): string {
  const data = Buffer.from(body).toString('base64');
  return JSON.stringify({ message: { data, messageId: '1', ...message }, subscription: 's' });
}

describe('a call by HTTP', () => {
  test.each([
    { body: '', expected: DEFAULTS },
    { body: ' \n', expected: DEFAULTS },
    { body: '{}', expected: DEFAULTS },
    { body: '{"full": true}', expected: { ...DEFAULTS, mode: 'full' } },
    { body: '{"all": true}', expected: { ...DEFAULTS, until: 'done' } },
    { body: '{"partition": "17"}', expected: { ...DEFAULTS, partition: '17' } },
    { body: '{"families": ["jobs"]}', expected: DEFAULTS },
    { body: '{"trigger": "continuation"}', expected: { ...DEFAULTS, trigger: 'continuation' } },
    { body: `{"asOf": "${TICK}"}`, expected: { ...DEFAULTS, asOf: new Date(TICK) } },
  ])('reads $body', ({ body, expected }) => {
    expect(read(body)).toEqual(expected);
  });

  test('loads the resources that are named instead of the family', () => {
    expect(read('{"resources": ["job"]}')).toEqual({
      trigger: 'manual',
      resources: ['job'],
      mode: 'incremental',
      until: 'once',
    });
  });

  test('leaves the instant to the database when nobody names one', () => {
    expect(read('{}')).not.toHaveProperty('asOf');
  });

  test('takes the instant of the tick that Scheduler names', () => {
    expect(read('', tick(TICK))).toEqual({
      ...DEFAULTS,
      trigger: 'schedule',
      asOf: new Date(TICK),
    });
  });

  test('prefers the instant in the body, which a continuation hands on', () => {
    const asOf = '2026-11-22T17:00:00.000Z';

    expect(read(`{"asOf": "${asOf}"}`, tick(TICK))).toMatchObject({ asOf: new Date(asOf) });
  });

  test.each([
    { body: '{', problem: 'expected JSON' },
    { body: '[]', problem: 'expected a JSON object' },
    { body: 'null', problem: 'expected a JSON object' },
    { body: '"full"', problem: 'expected a JSON object' },
    { body: '{"ful": true}', problem: "field 'ful'" },
    { body: '{"__proto__": 1}', problem: '__proto__' },
    { body: '{"message": "hello"}', problem: "field 'message'" },
    { body: '{"full": "yes"}', problem: "'full'" },
    { body: '{"all": 1}', problem: "'all'" },
    { body: '{"families": []}', problem: "'families'" },
    { body: '{"resources": "jobs"}', problem: "'resources'" },
    { body: '{"resources": []}', problem: "'resources'" },
    { body: '{"resources": [1]}', problem: "'resources'" },
    { body: '{"partition": 17}', problem: "'partition'" },
    { body: '{"trigger": "me"}', problem: "'trigger'" },
    { body: '{"asOf": 5}', problem: "'asOf'" },
    { body: '{"asOf": "yesterday"}', problem: "'asOf'" },
  ])('refuses $body', ({ body, problem }) => {
    expect(() => read(body)).toThrow(expect.objectContaining({ code: 'E_REQUEST' }) as Error);
    expect(() => read(body)).toThrow(problem);
  });

  test('refuses a schedule time that is no instant', () => {
    expect(() => read('', tick('soon'))).toThrow(/asOf|schedule/i);
  });
});

describe('a call by Pub/Sub', () => {
  test('holds the same body and is known by its trigger', () => {
    expect(read(pushed('{"full": true}'))).toEqual({
      ...DEFAULTS,
      trigger: 'pubsub',
      mode: 'full',
    });
  });

  test('may have no body', () => {
    expect(read(pushed(''))).toEqual({ ...DEFAULTS, trigger: 'pubsub' });
  });

  test('takes the instant of its publication, so that a second delivery finds nothing to do', () => {
    const message = { publishTime: TICK };

    expect(read(pushed('', message))).toMatchObject({ asOf: new Date(TICK) });
  });

  test('prefers the instant and the trigger that a continuation hands on', () => {
    const asOf = '2026-11-22T17:00:00.000Z';
    const body = JSON.stringify({ trigger: 'continuation', asOf });

    expect(read(pushed(body, { publishTime: TICK }))).toMatchObject({
      trigger: 'continuation',
      asOf: new Date(asOf),
    });
  });

  test('is refused when the message holds no order', () => {
    expect(() => read(pushed('jobs'))).toThrow('expected JSON');
  });
});

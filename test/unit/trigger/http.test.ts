import { describe, expect, test } from 'vitest';

import { readHttpRequest } from '../../../functions/engine/trigger/http.ts';

const TICK = '2026-11-22T17:55:00Z';
const DEFAULTS = {
  trigger: 'manual',
  families: ['jobs'],
  mode: 'incremental',
  until: 'once',
} as const;

function read(body: string, scheduleTime?: string): unknown {
  return readHttpRequest(body, { family: 'jobs', scheduleTime });
}

describe('readHttpRequest', () => {
  test.each([
    { body: '', expected: DEFAULTS },
    { body: ' \n', expected: DEFAULTS },
    { body: '{}', expected: DEFAULTS },
    { body: '{"full": true}', expected: { ...DEFAULTS, mode: 'full' } },
    { body: '{"all": true}', expected: { ...DEFAULTS, until: 'done' } },
    { body: '{"partition": "17"}', expected: { ...DEFAULTS, partition: '17' } },
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
    expect(read('', TICK)).toEqual({ ...DEFAULTS, trigger: 'schedule', asOf: new Date(TICK) });
  });

  test('prefers the instant in the body, which a continuation hands on', () => {
    const asOf = '2026-11-22T17:00:00.000Z';

    expect(read(`{"asOf": "${asOf}"}`, TICK)).toMatchObject({ asOf: new Date(asOf) });
  });

  test.each([
    { body: '{', problem: 'expected JSON' },
    { body: '[]', problem: 'expected a JSON object' },
    { body: 'null', problem: 'expected a JSON object' },
    { body: '"full"', problem: 'expected a JSON object' },
    { body: '{"ful": true}', problem: "field 'ful'" },
    { body: '{"__proto__": 1}', problem: '__proto__' },
    { body: '{"full": "yes"}', problem: "'full'" },
    { body: '{"all": 1}', problem: "'all'" },
    { body: '{"resources": "jobs"}', problem: "'resources'" },
    { body: '{"resources": []}', problem: "'resources'" },
    { body: '{"resources": [1]}', problem: "'resources'" },
    { body: '{"partition": 17}', problem: "'partition'" },
    { body: '{"asOf": 5}', problem: "'asOf'" },
    { body: '{"asOf": "yesterday"}', problem: "'asOf'" },
  ])('refuses $body', ({ body, problem }) => {
    expect(() => read(body)).toThrow(expect.objectContaining({ code: 'E_REQUEST' }) as Error);
    expect(() => read(body)).toThrow(problem);
  });

  test('refuses a schedule time that is no instant', () => {
    expect(() => read('', 'soon')).toThrow(/asOf|schedule/i);
  });
});

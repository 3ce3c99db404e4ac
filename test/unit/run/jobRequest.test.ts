import { describe, expect, test } from 'vitest';

import { jobRequest, startDelayMilliseconds } from '../../../functions/engine/run/jobRequest.ts';

const JOB = { trigger: 'job', mode: 'incremental', until: 'done' };

describe('jobRequest', () => {
  test.each([
    { argv: [], environment: {}, request: JOB },
    {
      argv: ['jobs', 'issues'],
      environment: {},
      request: { ...JOB, families: ['jobs', 'issues'] },
    },
    {
      argv: [],
      environment: { FAMILIES: ' jobs,  issues ' },
      request: { ...JOB, families: ['jobs', 'issues'] },
    },
    {
      argv: ['jobs'],
      environment: { FAMILIES: 'issues' },
      request: { ...JOB, families: ['jobs'] },
    },
    { argv: [], environment: { FAMILIES: '' }, request: JOB },
    {
      argv: ['jobs'],
      environment: { RUN_REQUEST: '{"resources":["branches"],"full":true}', FAMILIES: 'issues' },
      request: { ...JOB, mode: 'full', resources: ['branches'] },
    },
  ])('$argv with $environment', ({ argv, environment, request }) => {
    expect(jobRequest(argv, environment)).toStrictEqual(request);
  });

  test('an order that is no JSON is refused', () => {
    expect(() => jobRequest([], { RUN_REQUEST: 'jobs' })).toThrow(/The request has a wrong body/);
  });
});

describe('startDelayMilliseconds', () => {
  test.each([
    [undefined, 0],
    ['0', 0],
    ['3', 600],
    ['9999', 10_000],
    ['x', 0],
  ])('of task %s is %i', (index, delay) => {
    expect(startDelayMilliseconds({ CLOUD_RUN_TASK_INDEX: index })).toBe(delay);
  });
});

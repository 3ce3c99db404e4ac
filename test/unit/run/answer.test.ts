import { describe, expect, test } from 'vitest';

import { LoaderError } from '../../../functions/engine/model/errors.ts';
import { runId } from '../../../functions/engine/model/ids.ts';
import type { RunProblem, RunReport } from '../../../functions/engine/model/run.ts';
import { answerOf, refusalOf } from '../../../functions/engine/run/answer.ts';

const REPORT: RunReport = {
  runId: runId('00000000-0000-4000-8000-000000000000'),
  outcome: 'done',
  ...{ seconds: 1, requests: 3, waitedSeconds: 0 },
  ...{ resources: {}, schemaChanges: [], gaps: [], problems: [] },
};

function problems(...codes: readonly RunProblem['code'][]): readonly RunProblem[] {
  return codes.map((code) => ({ code, message: 'Something happened.' }));
}

describe('answerOf', () => {
  test.each<{ name: string; report: Partial<RunReport>; status: number }>([
    { name: 'is done', report: {}, status: 200 },
    {
      name: 'is done but for what nobody could read',
      report: { problems: problems('NOTICE', 'E_QUARANTINED', 'E_GITLAB_FORBIDDEN') },
      status: 200,
    },
    {
      name: 'left the rest to a continuation',
      report: { outcome: 'suspended', leftTo: 'continuation' },
      status: 200,
    },
    {
      name: 'left the rest to another run',
      report: { outcome: 'suspended', leftTo: 'another-run' },
      status: 200,
    },
    { name: 'left the rest to nobody', report: { outcome: 'suspended' }, status: 503 },
    {
      name: 'failed because of what passes',
      report: { outcome: 'failed', problems: problems('NOTICE', 'E_DATABASE', 'E_GITLAB_ANSWER') },
      status: 503,
    },
    {
      name: 'failed because of what passes and what does not',
      report: { outcome: 'failed', problems: problems('E_GITLAB_ANSWER', 'E_HALTED') },
      status: 500,
    },
    {
      name: 'failed because of a defect',
      report: { outcome: 'failed', problems: problems('E_DEFECT') },
      status: 500,
    },
    {
      name: 'failed because of what passes, beside what needs nobody now',
      report: { outcome: 'failed', problems: problems('E_QUARANTINED', 'E_DATABASE') },
      status: 503,
    },
  ])('a run that $name: $status', ({ report, status }) => {
    const whole = { ...REPORT, ...report };

    expect(answerOf(whole)).toEqual({ status, headers: {}, body: whole });
  });

  test('an order that turned out to be wrong is refused in one sentence', () => {
    const [problem] = problems('E_REQUEST');

    const answer = answerOf({ ...REPORT, outcome: 'failed', problems: problems('E_REQUEST') });

    expect(answer).toEqual({ status: 400, headers: {}, body: problem });
  });

  test('names the longest wait that GitLab asked for', () => {
    const waits = [30, 600, 60].map((retryAfterSeconds): RunProblem => ({
      ...{ code: 'E_GITLAB_BUSY', message: 'GitLab asked to wait.' },
      retryAfterSeconds,
    }));

    const answer = answerOf({ ...REPORT, outcome: 'suspended', problems: waits });

    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '600' } });
  });
});

describe('refusalOf', () => {
  test.each([
    { code: 'E_REQUEST', status: 400 },
    { code: 'E_CONFIG', status: 500 },
    { code: 'E_GITLAB_AUTH', status: 500 },
    { code: 'E_DATABASE_UNREACHABLE', status: 503 },
    { code: 'E_NO_PROGRESS', status: 500 },
  ] as const)('$code: $status', ({ code, status }) => {
    expect(refusalOf(new LoaderError(code, 'A sentence.'))).toEqual({
      status,
      headers: {},
      body: { code, message: 'A sentence.' },
    });
  });

  test('names the wait that GitLab asked for', () => {
    const busy = new LoaderError('E_GITLAB_BUSY', 'Wait.', { details: { retryAfterSeconds: 60 } });

    expect(refusalOf(busy)).toMatchObject({ status: 503, headers: { 'retry-after': '60' } });
  });

  test('shows nothing of an error that is not the own', () => {
    expect(refusalOf(new Error('canary'))).toEqual({
      status: 500,
      headers: {},
      body: { code: 'E_DEFECT', message: 'The loader has a defect.' },
    });
  });
});
